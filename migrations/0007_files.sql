-- Files of events: a file is read as a partition, a line as an offset.

set local role sluice_owner;

create table ops.files (
  source_id int not null,
  generation smallint not null,
  kafka_partition int not null,
  path text not null,
  inode text not null,
  born_at timestamptz,
  size bigint not null,
  modified_at timestamptz not null,
  byte_position bigint not null,
  head_bytes int not null,
  head_hash bytea,
  stopped_reason text,
  stopped_at timestamptz,
  gone_at timestamptz,
  replaced_at timestamptz,
  opened_at timestamptz not null default ops.now(),
  primary key (source_id, generation, kafka_partition),
  foreign key (source_id, generation, kafka_partition) references ops.offsets,
  constraint files_are_numbered_apart_from_kafka check (kafka_partition >= 1000000),
  constraint byte_position_is_not_negative check (byte_position >= 0),
  constraint head_is_of_what_was_read check (head_bytes between 0 and byte_position),
  constraint head_has_a_hash check ((head_bytes > 0) = (head_hash is not null)),
  constraint stopped_at_has_a_reason check ((stopped_at is null) = (stopped_reason is null))
);

create index files_path_idx on ops.files (path);

comment on table ops.files is
  'Files that are read as partitions: offset n of the partition is line n of the file. Their positions are in ops.offsets too.';
comment on column ops.files.kafka_partition is 'From 1,000,000 on, so that a source may have a topic and files.';
comment on column ops.files.path is 'Where the file was seen last, from the root.';
comment on column ops.files.born_at is 'With the inode what tells a file that was renamed from a new one; null where the file system does not know.';
comment on column ops.files.size is 'Bytes, when the file was last looked at and was what had been read before.';
comment on column ops.files.byte_position is 'Where the line ops.offsets.next_offset begins: moved in the transaction that stores the lines before it.';
comment on column ops.files.head_bytes is 'How many of its first bytes, at most 4096 and only such as were read, are in head_hash.';
comment on column ops.files.head_hash is 'SHA-256 of the head: tells whether the file is still the one that was read.';
comment on column ops.files.stopped_reason is 'Why it is not read on; null while it is. Ends by itself when the file fits again, or by ops.accept_file.';
comment on column ops.files.gone_at is 'When the ingester missed it; null while it is there.';
comment on column ops.files.replaced_at is 'When ops.accept_file said that another file has its path; null else.';

create table ops.file_folders (
  folder text primary key,
  reader uuid not null,
  held_until timestamptz not null
) with (fillfactor = 50);

comment on table ops.file_folders is 'Which process reads a folder of files. Others wait until it has not said so for some seconds.';
comment on column ops.file_folders.reader is 'The process, by a number that it gave itself.';

alter table ops.incidents drop constraint kind_is_known;

alter table ops.incidents add constraint kind_is_known check (
  kind in (
    'lost_records', 'topic_recreated', 'unreadable_batch', 'file_changed', 'file_lost', 'file_unreadable'
  )
);

grant select on ops.files, ops.file_folders to sluice_refresh, analyst;

reset role;
