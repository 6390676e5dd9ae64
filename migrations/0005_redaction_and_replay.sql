-- What of a source is redacted, and what became of dead letters that were replayed or discarded.

set local role sluice_owner;

alter table ops.sources
  add column redact jsonb not null default '{}',
  add column redact_key text,
  add column redact_headers jsonb not null default '{}',
  add constraint redact_is_an_object check (jsonb_typeof(redact) = 'object'),
  add constraint redact_key_is_a_rule check (redact_key in ('last4', 'hash', 'drop')),
  add constraint redact_headers_is_an_object check (jsonb_typeof(redact_headers) = 'object');

comment on column ops.sources.redact is 'Paths of the payload with their rules (last4, hash, drop), carried out before an event reaches the server.';
comment on column ops.sources.redact_key is 'The rule for Kafka''s key; null keeps it.';
comment on column ops.sources.redact_headers is 'Names of headers with their rules.';

alter table ops.offsets
  add column lowest_batch_no bigint not null default 0,
  add column discarded bigint not null default 0,
  add constraint lowest_batch_no_is_not_positive check (lowest_batch_no <= 0),
  add constraint discarded_is_not_negative check (discarded >= 0);

comment on column ops.offsets.lowest_batch_no is 'The number of the newest replay, which is the lowest; 0 when there was none.';
comment on column ops.offsets.discarded is 'Dead letters of ingest that were discarded: stored_rows + dead_letters + discarded are all events so far.';

create table ops.settled_letters (
  settled_letter_id bigint generated always as identity primary key,
  source_id int not null references ops.sources,
  generation smallint not null,
  kafka_partition int not null,
  kafka_offset bigint not null,
  stage text not null,
  outcome text not null,
  batch_no bigint,
  sqlstate text not null,
  message text not null,
  failed_at timestamptz not null,
  original jsonb,
  mended jsonb,
  settled_at timestamptz not null default ops.now(),
  settled_by text not null default session_user,
  constraint outcome_is_known check (outcome in ('replayed', 'stored before', 'discarded')),
  constraint original_and_mended_go_together check ((original is null) = (mended is null))
);

create index settled_letters_source_id_idx
  on ops.settled_letters (source_id, generation, kafka_partition, kafka_offset);

comment on table ops.settled_letters is 'Dead letters of ingest that were replayed, and those of any stage that were discarded: which, why they had failed, by whom.';
comment on column ops.settled_letters.outcome is 'replayed: stored in bronze. stored before: bronze had the event already. discarded: given up, with its bytes.';
comment on column ops.settled_letters.batch_no is 'The replay that stored it; null when nothing was stored.';
comment on column ops.settled_letters.original is 'Of a mended event, what was replaced: payload and kafka_key in base64, kafka_at. Else null.';
comment on column ops.settled_letters.mended is 'What was put in its place: payload and kafka_key as text, kafka_at. Else null.';

-- mended payloads are events: analysts see them as they see bronze
grant select on ops.settled_letters to sluice_refresh, analyst;

reset role;
