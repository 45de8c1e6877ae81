-- Up Migration

-- What was used, by credential, endpoint and day (UTC).
create table auth.usage (
  tenant_id uuid not null references auth.tenants (id) on delete cascade,
  day date not null,
  endpoint text not null,
  key_id text not null,
  requests bigint not null,
  molecules bigint not null,
  errors bigint not null,
  primary key (tenant_id, day, endpoint, key_id)
);

-- Batches of usage that were counted, so that one sent again counts once; kept for a day.
create table auth.usage_batches (
  id uuid primary key,
  recorded_at timestamptz not null
);

create index usage_batches_by_time on auth.usage_batches (recorded_at);

-- Molecules charged to a tenant's month: spent, or held in reserve by a gateway or a job.
create table auth.quota_use (
  tenant_id uuid not null references auth.tenants (id) on delete cascade,
  month date not null check (extract(day from month) = 1),
  molecules bigint not null check (molecules >= 0),
  primary key (tenant_id, month)
);

-- What a job was charged and how much of it was given back and counted as usage since.
create table auth.job_charges (
  job_id uuid primary key,
  tenant_id uuid not null references auth.tenants (id) on delete cascade,
  key_id text not null,
  month date not null,
  charged bigint not null,
  returned bigint not null default 0,
  counted bigint not null default 0,
  is_open boolean not null default true,
  charged_at timestamptz not null,
  seen_at timestamptz not null
);

create index job_charges_open on auth.job_charges (seen_at) where is_open;
create index job_charges_by_tenant on auth.job_charges (tenant_id) where is_open;
