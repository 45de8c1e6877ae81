-- Up Migration

-- Inputs and results lie in object storage from here on; a job whose rows were in these tables cannot be read there.
delete from jobs;
drop index job_chunks_open;
alter table job_chunks drop column input, drop column result;

alter table jobs drop constraint jobs_state_check;
alter table jobs
  add constraint jobs_state_check
    check (state in ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled')),
  -- Share of the tenant's tier: a tenant of weight 8 gets eight times the molecules of one of weight 1.
  add column weight integer not null default 1 check (weight > 0),
  -- Number of the newest event; events of a job are numbered from 1 without gaps.
  add column event_seq bigint not null default 0,
  add column deadline_at timestamptz,
  -- What was recognised in an uploaded file, and its first bad lines.
  add column input_report jsonb,
  -- When inputs and results were deleted.
  add column purged_at timestamptz;
create index jobs_live on jobs (created_at) where state in ('queued', 'running');
create index jobs_deadline on jobs (deadline_at) where state in ('queued', 'running', 'paused');
create index jobs_finished on jobs (finished_at) where purged_at is null;

alter table job_chunks
  -- A predict chunk's molecules: an object, and the place in it.
  add column input_segment integer,
  add column input_offset bigint,
  add column input_length integer,
  -- The object with its rows, gzipped NDJSON. Written once and then named here, together with the chunk's state;
  -- stays while failed rows are tried again, until the new one is named in its place.
  add column result_key text,
  -- Of the rows before packing.
  add column result_bytes bigint,
  add column result_failed integer not null default 0;
create index job_chunks_open on job_chunks (job_id, chunk_index) where state in ('pending', 'running');
create index job_chunks_handed on job_chunks (enqueued_at) where state = 'pending';

-- One row for each change of a job that counts, made with it: what Last-Event-ID goes on from.
create table job_events (
  job_id uuid not null references jobs on delete cascade,
  seq bigint not null,
  state text not null,
  done integer not null,
  failed integer not null,
  at timestamptz not null default now(),
  primary key (job_id, seq)
);

-- Start-time fair queueing: how much service each tenant has had, in molecules by weight. A tenant without a row
-- begins at the clock.
create table shares (
  tenant_id text primary key,
  pass double precision not null
);
create table fair_clock (
  id boolean primary key default true check (id),
  clock double precision not null
);
insert into fair_clock (clock) values (0);

-- Jobs whose input is still coming in; what stays here belongs to a gateway that died, and its objects are removed.
create table uploads (
  job_id uuid primary key,
  started_at timestamptz not null default now()
);
