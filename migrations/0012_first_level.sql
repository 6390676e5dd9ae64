-- Models that were level once: what takes entities as of arrival waits for those that never were.

set local role sluice_owner;

alter table ops.model_states add column first_level_at timestamptz;

comment on column ops.model_states.first_level_at is 'When it first held all that was stored, and joined the ticks. Null before that, whether it catches up or fails.';

update ops.model_states set first_level_at = clock_timestamp() where model_states.is_live;

reset role;
