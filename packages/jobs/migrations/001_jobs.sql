-- Up Migration

-- What a user asked for. This row is the truth about a job; the queue only delivers its chunks.
create table jobs (
  id uuid primary key,
  tenant_id text not null,
  kind text not null check (kind in ('predict', 'generate')),
  state text not null default 'queued'
    check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  -- The request without a predict job's molecules, which lie with the chunks.
  input jsonb not null,
  total integer not null check (total > 0),
  done integer not null default 0,
  failed integer not null default 0,
  -- Chunks that are neither succeeded, failed nor cancelled; the job ends when it comes to 0.
  open_chunks integer not null check (open_chunks >= 0),
  idempotency_key text,
  body_hash text not null,
  error jsonb,
  summary jsonb not null default '{}',
  -- W3C trace context of the request that made the job.
  trace jsonb not null default '{}',
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create unique index jobs_idempotency on jobs (tenant_id, idempotency_key) where idempotency_key is not null;
create index jobs_of_tenant on jobs (tenant_id, created_at desc, id desc);

create table job_chunks (
  job_id uuid not null references jobs on delete cascade,
  chunk_index integer not null,
  first_row integer not null,
  row_count integer not null,
  -- A predict chunk's SMILES.
  input jsonb,
  state text not null default 'pending'
    check (state in ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
  -- Who works on it: a token of that one attempt, good until claimed_until.
  claim uuid,
  claimed_until timestamptz,
  -- Times it was claimed; part of the delivery's id, so that a delivery that hangs never blocks the next.
  claims integer not null default 0,
  -- Attempts that ended in an error, and attempts whose worker vanished.
  failures integer not null default 0,
  lost_claims integer not null default 0,
  retry_at timestamptz,
  -- When it was last handed to the queue; null: not yet.
  enqueued_at timestamptz,
  -- Rows so far, while it runs.
  progress integer not null default 0,
  error jsonb,
  -- Gzipped NDJSON, written once together with the state.
  result bytea,
  result_rows integer,
  finished_at timestamptz,
  primary key (job_id, chunk_index)
);
create index job_chunks_open on job_chunks (enqueued_at nulls first) where state in ('pending', 'running');
alter table job_chunks alter column result set storage external;

-- Molecules a generate job has returned: none comes back twice, whichever chunk found it first.
create table job_molecules (
  job_id uuid not null references jobs on delete cascade,
  canonical text not null,
  primary key (job_id, canonical)
);
