-- Records that were given up by hand are an incident of their own kind.

set local role sluice_owner;

alter table ops.incidents drop constraint kind_is_known;

alter table ops.incidents add constraint kind_is_known check (
  kind in (
    'lost_records', 'skipped_records', 'topic_recreated', 'unreadable_batch',
    'file_changed', 'file_lost', 'file_unreadable'
  )
);

reset role;
