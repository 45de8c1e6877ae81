-- Up Migration

-- What a tenant agreed to, and what it took back: every decision is kept, the newest of a purpose holds.
create table auth.consents (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references auth.tenants (id) on delete cascade,
  purpose text not null,
  is_granted boolean not null,
  -- Of the text that was decided on.
  version text not null,
  decided_at timestamptz not null
);

create index consents_by_tenant on auth.consents (tenant_id, purpose, id desc);
