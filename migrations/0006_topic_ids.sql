-- Which topic a position belongs to: one that was created anew has the name of the old one, and offsets alone
-- do not tell once it has outgrown that.

set local role sluice_owner;

alter table ops.offsets add column topic_id uuid;

comment on column ops.offsets.topic_id is
  'Kafka''s id of the topic that the position belongs to; null where the broker has none (before Kafka 2.8).';

alter table ops.incidents drop constraint kind_is_known;

alter table ops.incidents add constraint kind_is_known
  check (kind in ('lost_records', 'topic_recreated', 'unreadable_batch'));

reset role;
