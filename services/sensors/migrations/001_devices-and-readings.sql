-- Up Migration

-- What inference last said about each kind of sensor head, so that readings are taken while inference is away.
create table sensors.sensor_types (
  name text primary key,
  model_name text not null,
  model_version text not null,
  -- Task parameters of the model's manifest.
  parameters jsonb not null
);

create table sensors.devices (
  id uuid primary key,
  tenant_id uuid not null,
  name text not null check (char_length(name) between 1 and 100),
  sensor_type text not null references sensors.sensor_types (name),
  -- Fixed when the device is made: readings are stored in this order.
  channels text[] not null check (cardinality(channels) > 0),
  created_at timestamptz not null,
  readings bigint not null default 0,
  last_reading_ms bigint
);

create index devices_by_tenant on sensors.devices (tenant_id, created_at desc, id);
create index devices_by_activity on sensors.devices (coalesce(last_reading_ms, 0) desc, id);

create table sensors.readings (
  device_id uuid not null references sensors.devices (id) on delete cascade,
  -- Unix time in milliseconds.
  time_ms bigint not null,
  -- One value per channel of the device, in its order; NaN: not measured.
  channel_values double precision[] not null,
  primary key (device_id, time_ms)
);

-- Every calibration a device ever had; the newest holds.
create table sensors.calibrations (
  id bigint generated always as identity primary key,
  device_id uuid not null references sensors.devices (id) on delete cascade,
  mode text not null check (mode in ('offset', 'gain')),
  -- Channel to its level in clean air, in the channel's unit.
  baseline jsonb not null,
  -- The span of clean air asked for, Unix milliseconds; null: open.
  from_ms bigint,
  to_ms bigint,
  readings_used integer not null,
  created_at timestamptz not null
);

create index calibrations_by_device on sensors.calibrations (device_id, id desc);
