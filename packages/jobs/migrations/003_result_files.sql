-- Up Migration

-- Result files that were made whole: what a download can be resumed from. Made from the finished chunks that `source`
-- stands for; a job that has others by now gets another file.
create table job_files (
  job_id uuid not null references jobs on delete cascade,
  format text not null,
  source text not null,
  -- Names this making of it: its objects, and its entity tag.
  build uuid not null,
  -- Size of each of its objects, in order.
  segments jsonb not null,
  made_at timestamptz not null default now(),
  primary key (job_id, format, source)
);
