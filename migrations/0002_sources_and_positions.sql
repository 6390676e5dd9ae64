-- What is read from Kafka, how far, and what could not be stored.

set local role sluice_owner;

create table ops.sources (
  source_id int generated always as identity primary key,
  topic text not null unique,
  table_name text not null unique,
  start_at text not null default 'earliest',
  retain interval,
  generation smallint not null default 1,
  is_paused boolean not null default false,
  is_dropped boolean not null default false,
  stopped_reason text,
  created_at timestamptz not null default ops.now(),
  constraint topic_is_a_kafka_name check (topic ~ '^[a-zA-Z0-9._-]{1,249}$'),
  constraint table_name_is_plain check (table_name ~ '^[a-z_][a-z0-9_]{0,51}$'),
  constraint retain_is_positive check (retain > interval '0')
);

comment on table ops.sources is 'Topics and their bronze tables. Changed by ops.add_source and its siblings only.';
comment on column ops.sources.start_at is 'earliest, latest or an ISO time: where the partitions begin that are there when the source is first seen.';
comment on column ops.sources.retain is 'How long bronze keeps events, by ingested_at; null keeps all.';
comment on column ops.sources.generation is 'Rises when a topic was created anew and the source was reset.';
comment on column ops.sources.is_dropped is 'No longer read; table and positions are kept.';
comment on column ops.sources.stopped_reason is 'Why ingest stopped reading it by itself; null while it reads. Ended by ops.reset_source or ops.resume_source.';

create table ops.offsets (
  source_id int not null references ops.sources,
  generation smallint not null,
  kafka_partition int not null,
  next_offset bigint not null,
  next_batch_no bigint not null default 1,
  end_offset bigint not null,
  newest_kafka_at timestamptz,
  stored_rows bigint not null default 0,
  dead_letters bigint not null default 0,
  updated_at timestamptz not null default ops.now(),
  primary key (source_id, generation, kafka_partition),
  constraint next_offset_is_not_negative check (next_offset >= 0),
  constraint next_batch_no_is_positive check (next_batch_no > 0)
) with (fillfactor = 50);

comment on table ops.offsets is 'The position of each partition: the truth of exactly-once. Kafka''s committed offsets only follow it.';
comment on column ops.offsets.next_offset is 'The first offset that is not stored yet.';
comment on column ops.offsets.end_offset is 'The last stable offset when the ingester last looked: one after the last readable record.';
comment on column ops.offsets.newest_kafka_at is 'The newest Kafka timestamp among the stored events.';

create table ops.batches (
  source_id int not null references ops.sources,
  generation smallint not null,
  kafka_partition int not null,
  batch_no bigint not null,
  kind text not null,
  from_offset bigint not null,
  first_offset bigint,
  last_offset bigint,
  next_offset bigint not null,
  row_count int not null,
  dead_letter_count int not null,
  byte_count bigint not null,
  newest_kafka_at timestamptz,
  stored_at timestamptz not null default ops.now(),
  primary key (source_id, generation, kafka_partition, batch_no),
  constraint kind_is_known check (kind in ('log', 'empty', 'replay')),
  constraint replays_count_downwards check ((batch_no < 0) = (kind = 'replay')),
  constraint offsets_are_in_order check (
    case kind
      when 'log' then
        from_offset <= first_offset and first_offset <= last_offset and last_offset < next_offset
      when 'empty' then
        first_offset is null and last_offset is null and from_offset < next_offset
        and row_count = 0 and dead_letter_count = 0
      else first_offset <= last_offset
    end
  ),
  constraint counts_are_not_negative check (row_count >= 0 and dead_letter_count >= 0)
);

create index batches_stored_at_idx on ops.batches using brin (stored_at) with (pages_per_range = 4);

comment on table ops.batches is
  'The ledger: one row for what one ingest transaction stored of one partition. The offsets of log and empty batches chain without a hole.';
comment on column ops.batches.batch_no is 'Gap-free per source, generation and partition. Replays have a lane of their own, from -1 downwards.';
comment on column ops.batches.kind is 'log: records of the log. empty: a range of offsets without records. replay: dead letters stored later.';

create table ops.dead_letters (
  source_id int not null references ops.sources,
  generation smallint not null,
  kafka_partition int not null,
  kafka_offset bigint not null,
  stage text not null,
  batch_no bigint,
  kafka_at timestamptz,
  kafka_key bytea,
  payload bytea,
  headers jsonb,
  sqlstate text not null,
  message text not null,
  failed_at timestamptz not null default ops.now(),
  primary key (source_id, generation, kafka_partition, kafka_offset, stage)
);

comment on table ops.dead_letters is 'Events that could not be stored or parsed, with their bytes, coordinates and reason.';
comment on column ops.dead_letters.stage is 'ingest, or the name of the model that could not take the event.';

create table ops.incidents (
  incident_id bigint generated always as identity primary key,
  source_id int references ops.sources,
  generation smallint,
  kafka_partition int,
  kind text not null,
  from_offset bigint,
  next_offset bigint,
  message text not null,
  noticed_at timestamptz not null default ops.now(),
  resolved_at timestamptz,
  constraint kind_is_known check (kind in ('lost_records', 'topic_recreated'))
);

comment on table ops.incidents is 'What went wrong outside Sluice and cannot be undone by it, such as records that retention deleted before they were read.';

reset role;
