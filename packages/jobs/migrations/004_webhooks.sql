-- Up Migration

alter table jobs
  add column webhook_url text,
  -- Sealed with the fleet's ENCRYPTION_KEY.
  add column webhook_secret text;

-- What is to be told to a job's webhook, made with the change it tells of, and what became of it.
create table webhook_deliveries (
  id uuid primary key,
  job_id uuid not null references jobs on delete cascade,
  tenant_id text not null,
  event text not null,
  -- The body as it is sent, each time the same.
  payload text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  -- Attempts since it was made or last asked for again: they decide how long it waits.
  failures integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  -- In the hands of a worker until then.
  claimed_until timestamptz,
  created_at timestamptz not null default now(),
  delivered_at timestamptz
);
create index webhook_deliveries_due on webhook_deliveries (next_attempt_at) where state = 'pending';
create index webhook_deliveries_of_job on webhook_deliveries (job_id, created_at);

create table webhook_attempts (
  delivery_id uuid not null references webhook_deliveries on delete cascade,
  attempt integer not null,
  at timestamptz not null default now(),
  -- HTTP status; null where there was no answer.
  status integer,
  error text,
  duration_ms integer not null,
  primary key (delivery_id, attempt)
);
