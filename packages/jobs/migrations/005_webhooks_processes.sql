-- Up Migration

-- Where a tenant is told of the ends of all its jobs, beside the webhook that a job may bring itself.
create table webhooks (
  id uuid primary key,
  tenant_id text not null,
  label text not null,
  url text not null,
  -- Sealed with the fleet's ENCRYPTION_KEY.
  secret text not null,
  events text[] not null,
  created_at timestamptz not null default now()
);
create index webhooks_of_tenant on webhooks (tenant_id, created_at desc, id desc);

-- A delivery to a tenant's webhook has no job_id: workers of the version before join by it, and would send it to the
-- job's own webhook.
alter table webhook_deliveries
  alter column job_id drop not null,
  add column webhook_id uuid references webhooks on delete cascade,
  -- The job that such a delivery tells of; none where it is a test.
  add column about_job_id uuid references jobs on delete cascade,
  add constraint webhook_deliveries_target check ((job_id is null) <> (webhook_id is null));
create index webhook_deliveries_about_job on webhook_deliveries (about_job_id) where about_job_id is not null;
create index webhook_deliveries_of_webhook on webhook_deliveries (webhook_id) where webhook_id is not null;
create index webhook_deliveries_of_tenant on webhook_deliveries (tenant_id, created_at desc, id desc);

-- Jobs of all tenants, as operators list them.
create index jobs_by_state on jobs (state, created_at desc, id desc);

-- Processes without a gRPC server of their own say here how they are; one that falls silent is known by its age.
create table processes (
  id uuid primary key,
  service text not null,
  report jsonb not null,
  seen_at timestamptz not null default now()
);
