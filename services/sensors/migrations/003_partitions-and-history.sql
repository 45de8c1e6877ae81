-- Up Migration

-- Readings by the week they were measured in, so that what is past its retention goes by whole tables. What is stored
-- already becomes the first partition as it is: nothing is copied, and it ends with next week, so that a pod of the version
-- before, which makes no partitions, can go on storing while it is rolled.
alter table sensors.readings rename to readings_before;
alter index sensors.readings_pkey rename to readings_before_pkey;
-- A check of the device for each reading costs more than the reading. The insert locks the device instead, and so does
-- who removes it (clients/reading-writer.ts, clients/device-store.ts).
alter table sensors.readings_before drop constraint readings_device_id_fkey;

create table sensors.readings (
  device_id uuid not null,
  -- Unix time in milliseconds.
  time_ms bigint not null,
  -- One value per channel of the device, in its order; NaN: not measured.
  channel_values double precision[] not null,
  primary key (device_id, time_ms)
) partition by range (time_ms);

do $$
declare
  week constant bigint := 604800000;
  last bigint := (select max(time_ms) from sensors.readings_before);
  now_ms bigint := (extract(epoch from now()) * 1000)::bigint;
begin
  if last is null then
    drop table sensors.readings_before;
  else
    execute format(
      'alter table sensors.readings attach partition sensors.readings_before for values from (minvalue) to (%s)',
      (greatest(last, now_ms) / week + 2) * week
    );
  end if;
end
$$;

-- Means, ends and counts of each minute, by four weeks, and of each hour. Arrays in the order of the device's channels;
-- null: not measured.
create table sensors.reading_minutes (
  device_id uuid not null,
  time_ms bigint not null,
  readings integer not null,
  means real[] not null,
  minima real[] not null,
  maxima real[] not null,
  primary key (device_id, time_ms)
) partition by range (time_ms);

create table sensors.reading_hours (
  device_id uuid not null references sensors.devices (id) on delete cascade,
  time_ms bigint not null,
  readings integer not null,
  means real[] not null,
  minima real[] not null,
  maxima real[] not null,
  primary key (device_id, time_ms)
);

-- Hours with readings that are not in the minutes and hours above yet.
create table sensors.hours_due (
  device_id uuid not null references sensors.devices (id) on delete cascade,
  hour_ms bigint not null,
  primary key (device_id, hour_ms)
);
create index hours_due_by_time on sensors.hours_due (hour_ms);

do $$
begin
  if to_regclass('sensors.readings_before') is not null then
    insert into sensors.hours_due
    select distinct device_id, time_ms / 3600000 * 3600000 from sensors.readings_before;
  end if;
end
$$;

-- Each second of each device updates its row: without an index over what changes, and with room in the page, that stays
-- within the page.
drop index sensors.devices_by_activity;
alter table sensors.devices set (fillfactor = 60);
