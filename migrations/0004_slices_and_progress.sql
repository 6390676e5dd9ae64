-- How far each model has come: batches that event and entity models have taken, slices that incremental
-- models have applied, both as sets. What every tick added is in ops.slices, what it cost in ops.model_runs.

set local role sluice_owner;

alter table ops.models
  add column model text generated always as (schema_name || '.' || object_name) stored,
  add column store_version int,
  add column strategy text,
  add column strategy_reason text,
  add column tick_group text,
  add constraint model_is_unique unique (model),
  add constraint strategy_is_known check (strategy in ('merge', 'append', 'regroup', 'by hand'));

comment on column ops.models.model is 'Schema and name, as in gold.hourly_sales.';
comment on column ops.models.store_version is 'Of a model kept in a table: which version of the table its view shows. A change of comment or rights keeps it.';
comment on column ops.models.strategy is 'How an incremental model is kept current, chosen by the compiler; see docs/models.md.';
comment on column ops.models.tick_group is 'Models of one group share sources, directly or through others, and tick together. Null for what is no table.';

create table ops.model_states (
  model text not null,
  version int not null,
  function_name text,
  is_live boolean not null default false,
  next_slice_no bigint not null default 1,
  floor_at timestamptz not null default '1970-01-01 00:00:00+00',
  newest_event_at timestamptz,
  chunk_rows int not null default 20000,
  failed_at timestamptz,
  retry_at timestamptz,
  primary key (model, version),
  constraint next_slice_no_is_positive check (next_slice_no > 0),
  constraint chunk_rows_is_positive check (chunk_rows > 0)
) with (fillfactor = 50);

comment on table ops.model_states is 'Versions of models that are kept in tables (event, entity, incremental), and where each of them stands.';
comment on column ops.model_states.function_name is 'Of an incremental model: the function of schema store that applies slices.';
comment on column ops.model_states.is_live is 'Takes part in ticks. A model that is not catches up alone, newest first.';
comment on column ops.model_states.floor_at is 'Events before it are refused: the lower bound of what the table can hold. It never moves back.';
comment on column ops.model_states.chunk_rows is 'Rows in one step of catching up, adapted so that a step takes about 2 s.';
comment on column ops.model_states.failed_at is 'When it last failed on its own data; the error is in ops.models. Null when all is well.';

create table ops.model_inputs (
  model text not null,
  version int not null,
  input_no int not null,
  input text not null,
  input_version int,
  source_id int references ops.sources,
  primary key (model, version, input_no),
  constraint version_is_stated foreign key (model, version) references ops.model_states on delete cascade,
  constraint input_is_a_source_or_a_table check ((source_id is null) <> (input_version is null))
);

comment on table ops.model_inputs is 'What each model in a table reads: bronze tables of sources, or versions of event tables.';

create table ops.model_progress (
  model text not null,
  version int not null,
  input text not null,
  input_version int not null,
  kafka_partition int not null default 0,
  applied int8multirange not null default '{}',
  primary key (model, version, input, input_version, kafka_partition),
  constraint version_is_stated foreign key (model, version) references ops.model_states on delete cascade
) with (fillfactor = 50);

comment on table ops.model_progress is 'The batches or slices that a model has applied, as a set, moved in the transaction that applies them.';
comment on column ops.model_progress.input is 'A bronze table, whose batches are counted per generation (input_version) and partition; or an event table, whose slices are counted per version, with partition 0.';

create table ops.slices (
  model text not null,
  version int not null,
  slice_no bigint not null,
  row_count bigint not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  newest_event_at timestamptz,
  made_at timestamptz not null default clock_timestamp(),
  primary key (model, version, slice_no),
  constraint version_is_stated foreign key (model, version) references ops.model_states on delete cascade,
  constraint times_are_in_order check (from_at <= to_at)
);

comment on table ops.slices is 'The rows that one tick added to one event table, numbered per table without a hole.';
comment on column ops.slices.from_at is 'The least time of its rows, by the model''s time column.';
comment on column ops.slices.newest_event_at is 'The newest Kafka timestamp among the events it was made of.';

create table ops.model_runs (
  model text not null,
  version int not null,
  minute_at timestamptz not null,
  runs bigint not null,
  row_count bigint not null,
  dead_letters bigint not null,
  seconds numeric not null,
  longest_seconds numeric not null,
  primary key (model, minute_at, version)
) with (fillfactor = 50);

create index model_runs_minute_at_idx on ops.model_runs (minute_at);

comment on table ops.model_runs is 'What ticks and catching up cost, per model and minute. Kept for a week.';
comment on column ops.model_runs.row_count is 'Rows added to an event or entity table, rows of the event tables applied to an incremental one.';

create type ops.batch_range as (
  source_id int,
  generation smallint,
  kafka_partition int,
  from_batch bigint,
  to_batch bigint,
  first_offset bigint,
  last_offset bigint,
  from_at timestamptz,
  to_at timestamptz,
  row_count bigint
);

comment on type ops.batch_range is 'Neighbouring batches of one partition, both ends included, with the bounds of their offsets and of ingested_at.';

create type ops.slice_range as (
  from_slice bigint,
  to_slice bigint,
  from_at timestamptz,
  to_at timestamptz
);

comment on type ops.slice_range is 'Neighbouring slices of one event table, both ends included, with the bounds of their times.';

create type ops.slice_step as (
  new ops.slice_range[],
  applied int8multirange[],
  row_count bigint,
  newest_event_at timestamptz
);

comment on type ops.slice_step is 'What an incremental model applies at once, one element per input: new slices, and those applied before.';

create type ops.stored_model as (
  model text,
  kind text,
  version int,
  store_name text,
  function_name text,
  is_live boolean,
  next_slice_no bigint,
  floor_at timestamptz
);

comment on type ops.stored_model is 'A model that is kept in tables, as ops.find_model gives it to the functions of ticks.';

create type ops.bad_event as (
  range_no int,
  kafka_offset bigint,
  sqlstate text,
  message text
);

comment on type ops.bad_event is 'An event that a model can''t take: which of the ranges at hand it is in, and why.';

create type ops.event_layout as (
  unit text,
  time_column text,
  key text
);

comment on type ops.event_layout is 'How an event table is partitioned (day or month of its time), and by which columns a partition is unique.';

grant select on
  ops.model_states, ops.model_inputs, ops.model_progress, ops.slices, ops.model_runs
to sluice_refresh, analyst;

reset role;
