-- Up Migration

alter table auth.tenants
  -- Addresses in this tenant's audit rows are keyed with it; it goes with the tenant, and with it what they were.
  add column audit_salt bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

-- What stays of a tenant that was erased: the task for every service, and the proof.
create table auth.erasures (
  tenant_id uuid primary key,
  asked_at timestamptz not null,
  -- Every service has erased what it had.
  erased_at timestamptz,
  -- They did so once more, for what was still on its way the first time.
  closed_at timestamptz
);

create index erasures_open on auth.erasures (asked_at) where closed_at is null;
