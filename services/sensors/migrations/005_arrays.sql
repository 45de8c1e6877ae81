-- Up Migration

-- Devices that smell the same air together. A device that is removed stays in the list, so that the array says so.
create table sensors.arrays (
  id uuid primary key,
  tenant_id uuid not null,
  name text not null check (char_length(name) between 1 and 100),
  device_ids uuid[] not null check (cardinality(device_ids) between 2 and 16),
  created_at timestamptz not null
);

create index arrays_by_tenant on sensors.arrays (tenant_id, created_at desc, id);
