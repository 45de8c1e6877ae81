-- Up Migration

-- How far each numbered stream of readings has come: its last message that was stored or refused.
create table sensors.streams (
  device_id uuid not null references sensors.devices (id) on delete cascade,
  -- What the sender calls the stream.
  session text not null check (char_length(session) between 1 and 64),
  settled bigint not null check (settled > 0),
  touched_at timestamptz not null,
  primary key (device_id, session)
);
