-- Up Migration

-- Keys of before: all but admin, as a key without a list gets.
alter table auth.keys add column scopes text[] not null
  default '{predict,generate,sensors,research,account,models:*}';
alter table auth.keys alter column scopes drop default;

-- Each row's hash covers its content and the hash of the row before, so that a change shows (domain/audit-chain.ts).
create table auth.audit (
  seq bigint primary key,
  at timestamptz not null,
  actor text not null,
  -- No reference: what was done outlives whom it was done to.
  tenant_id uuid,
  action text not null,
  target text not null,
  -- Keyed hash of the network address; empty where there was none.
  address text not null,
  request_id text not null,
  outcome text not null check (outcome in ('done', 'refused', 'failed')),
  detail jsonb not null,
  previous_hash bytea not null check (octet_length(previous_hash) = 32),
  hash bytea not null check (octet_length(hash) = 32)
);

create index audit_by_tenant on auth.audit (tenant_id, seq desc);

create function auth.refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'auth.audit is append-only';
end
$$;

create trigger append_only before update or delete or truncate on auth.audit
  for each statement execute function auth.refuse_audit_change();
