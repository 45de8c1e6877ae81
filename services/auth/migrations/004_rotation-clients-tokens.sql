-- Up Migration

alter table auth.tenants add column suspended_at timestamptz;
create index tenants_by_time on auth.tenants (created_at desc, id);

alter table auth.keys
  -- A client's secret is good for tokens only.
  add column kind text not null default 'key' check (kind in ('key', 'client')),
  -- Networks it may be used from; empty: anywhere.
  add column address_ranges text[] not null default '{}',
  -- The key it was rotated from; each is rotated once.
  add column replaces text unique references auth.keys (id);

drop index auth.keys_by_tenant;
create index keys_by_tenant on auth.keys (tenant_id, kind, created_at desc, id);

-- What tokens are signed with: one row without retired_at signs, the others verify until expires_at.
create table auth.signing_keys (
  kid text primary key,
  -- The point of Ed25519.
  public_key bytea not null check (octet_length(public_key) = 32),
  -- PKCS #8, sealed under ENCRYPTION_KEY; removed when the key retires.
  private_key text,
  created_at timestamptz not null,
  retired_at timestamptz,
  expires_at timestamptz
);

create unique index one_signing_key on auth.signing_keys ((true)) where retired_at is null;
