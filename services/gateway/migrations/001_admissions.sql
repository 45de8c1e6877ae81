-- Up Migration

-- Requests let pass, by whom the limit is for and slot of its window. Used where there is no Redis.
create table gateway.admissions (
  identity text not null,
  -- Sixtieths of the window, numbered from the epoch.
  slot bigint not null,
  admitted integer not null,
  -- When no window holds the slot any more.
  ends_at timestamptz not null,
  primary key (identity, slot)
) with (fillfactor = 50);

create index admissions_by_end on gateway.admissions (ends_at);

-- Gateways that count here, and when they were last heard of.
create table gateway.members (
  id text primary key,
  seen_at timestamptz not null
);

-- `take` of src/domain/sliding-window.ts for each identity in turn: one row each, in order. The lock is taken before
-- anything is read, always in the same order, so that two callers decide one after the other and never wait in a ring.
create function gateway.take(
  identities text[], limits integer[], windows integer[], wanted integer[], at_ms double precision
) returns table (granted integer, used integer, reset_ms double precision, slot bigint)
language plpgsql
as $$
declare
  slots constant integer := 60;
  now_ms double precision;
  slot_ms double precision;
  left_over integer;
  free_ms double precision;
  counted record;
begin
  -- A crash may lose the last moments of counting; a wait for the disk at every request would cost more.
  perform set_config('synchronous_commit', 'off', true);
  perform pg_advisory_xact_lock(locks.id)
  from (select distinct hashtextextended(i, 0) as id from unnest(identities) as i order by 1) as locks;
  now_ms := coalesce(at_ms, extract(epoch from clock_timestamp()) * 1000);
  for n in 1 .. cardinality(identities) loop
    slot_ms := windows[n]::double precision / slots;
    slot := floor(now_ms / slot_ms);
    select coalesce(sum(a.admitted), 0) into used
    from gateway.admissions a where a.identity = identities[n] and a.slot >= take.slot - slots;
    granted := greatest(0, least(wanted[n], limits[n] - used));
    if granted > 0 then
      insert into gateway.admissions as a (identity, slot, admitted, ends_at)
      values (identities[n], take.slot, granted, to_timestamp((take.slot + slots + 1) * slot_ms / 1000))
      on conflict on constraint admissions_pkey do update set admitted = a.admitted + excluded.admitted;
      used := used + granted;
    end if;
    left_over := used;
    free_ms := now_ms;
    for counted in
      select a.slot, a.admitted from gateway.admissions a
      where a.identity = identities[n] and a.slot >= take.slot - slots order by a.slot
    loop
      exit when left_over < least(used, limits[n]);
      left_over := left_over - counted.admitted;
      free_ms := (counted.slot + slots + 1) * slot_ms;
    end loop;
    reset_ms := greatest(0, free_ms - now_ms);
    return next;
  end loop;
end
$$;
