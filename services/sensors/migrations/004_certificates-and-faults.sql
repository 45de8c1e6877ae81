-- Up Migration

alter table sensors.calibrations
  -- Channel to its gain, where a second point gave one.
  add column gains jsonb not null default '{}',
  -- The second point: its span of time and the levels of its gas; null: there was none.
  add column span jsonb,
  -- What temperature and humidity add to each channel; null: not corrected.
  add column environment jsonb,
  -- Who calibrated, with which gas, and what else is to be known.
  add column certificate jsonb,
  add column expires_at timestamptz;

-- What was found wrong with a device, by channel (empty: the device itself) and kind.
create table sensors.faults (
  device_id uuid not null references sensors.devices (id) on delete cascade,
  channel text not null,
  kind text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  readings bigint not null,
  detail text not null,
  primary key (device_id, channel, kind)
);
