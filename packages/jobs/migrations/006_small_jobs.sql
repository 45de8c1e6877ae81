-- Up Migration

alter table job_chunks
  -- A small job's molecules, one JSON row a line; larger ones lie in object storage, at the place the columns beside
  -- name. Such a chunk is made with input_segment -1 and waits until retry_at infinity: workers of the version before
  -- leave it to those who read it here.
  add column input_text text,
  -- Of the chunk's job: what the dispatcher chooses by.
  add column tenant_id text,
  add column made_at timestamptz;

-- Of chunks that the version before made, or that it opens again.
create function fill_chunk() returns trigger language plpgsql as $$
begin
  select j.tenant_id, j.created_at into new.tenant_id, new.made_at from jobs.jobs j where j.id = new.job_id;
  return new;
end $$;
create trigger fill_chunk before insert or update on job_chunks
  for each row when (new.tenant_id is null) execute function fill_chunk();

update job_chunks set tenant_id = null where state in ('pending', 'running');

-- The next chunks of a tenant, however many jobs wait: early chunks first, so that of its jobs the small ones end soon.
drop index job_chunks_open;
create index job_chunks_next on job_chunks (tenant_id, chunk_index, made_at, job_id)
  where state in ('pending', 'running');
