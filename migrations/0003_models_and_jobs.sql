-- The models that are applied, and scheduled work.

set local role sluice_owner;

create table ops.models (
  schema_name text not null,
  object_name text not null,
  kind text not null,
  path text not null,
  version int not null default 1,
  checksum text not null,
  header jsonb not null,
  definition text not null,
  depends_on text[] not null,
  objects text[] not null,
  error text,
  populated_at timestamptz,
  newest_event_at timestamptz,
  applied_at timestamptz not null default ops.now(),
  primary key (schema_name, object_name),
  constraint kind_is_known
    check (kind in ('event', 'entity', 'incremental', 'materialized', 'view', 'routine', 'sources'))
);

comment on table ops.models is 'The models as they are applied, one row per file.';
comment on column ops.models.objects is 'What the file made, as kind and identity: the only things that Sluice may drop.';
comment on column ops.models.depends_on is 'Relations that the definition reads, schema-qualified.';
comment on column ops.models.populated_at is 'When a materialized model was last refreshed.';
comment on column ops.models.newest_event_at is 'The newest Kafka timestamp contained in a materialized model.';

create table ops.model_versions (
  schema_name text not null,
  object_name text not null,
  version int not null,
  checksum text not null,
  path text not null,
  file_text text not null,
  applied_at timestamptz not null default ops.now(),
  applied_by text not null default session_user,
  primary key (schema_name, object_name, version)
);

comment on table ops.model_versions is 'Every text of a model that was ever applied.';

create table ops.jobs (
  job_name text primary key,
  command text not null,
  every interval not null,
  runner text not null default 'worker',
  last_started_at timestamptz,
  last_ended_at timestamptz,
  last_is_ok boolean,
  last_message text,
  created_at timestamptz not null default ops.now(),
  constraint every_is_at_least_a_second check (every >= interval '1 second'),
  constraint runner_is_known check (runner in ('worker', 'pg_cron'))
);

comment on table ops.jobs is 'Scheduled work: one statement each, run by pg_cron where it can, else by the worker.';

create table ops.job_runs (
  run_id bigint generated always as identity primary key,
  job_name text not null references ops.jobs on delete cascade,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  is_ok boolean not null,
  message text
);

create index job_runs_job_name_idx on ops.job_runs (job_name, started_at desc);

comment on table ops.job_runs is 'The history of jobs, kept for a week.';

-- what can be seen in SQL; dead letters hold payloads, so that analysts see them as they see bronze
grant select on
  ops.sources, ops.offsets, ops.batches, ops.dead_letters, ops.incidents,
  ops.models, ops.model_versions, ops.jobs, ops.job_runs
to sluice_refresh, analyst;

reset role;
