-- Up Migration

create table auth.tenants (
  id uuid primary key,
  name text not null unique check (char_length(name) between 1 and 100),
  tier text not null check (tier in ('free', 'basic', 'pro', 'enterprise')),
  created_at timestamptz not null
);

create table auth.keys (
  -- The public part of the key's text.
  id text primary key check (id ~ '^[0-9A-Za-z]{11}$'),
  tenant_id uuid not null references auth.tenants (id),
  label text not null check (char_length(label) <= 100),
  prefix text not null,
  -- HMAC-SHA256 of the whole text; the text itself is never stored.
  hash bytea not null check (octet_length(hash) = 32),
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

create index keys_by_tenant on auth.keys (tenant_id, created_at desc, id);
