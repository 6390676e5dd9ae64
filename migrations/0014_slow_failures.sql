-- How often a model that costs its group much was tried in vain: each time it rests for twice as long.

set local role sluice_owner;

alter table ops.model_states
  add column slow_failures int not null default 0,
  add column slow_failed_at timestamptz,
  add constraint slow_failures_is_not_negative check (slow_failures >= 0);

comment on column ops.model_states.slow_failures is 'How often it was taken out of ticks after more than a second of work, without two hours of peace between: its rest doubles each time, up to an hour.';
comment on column ops.model_states.slow_failed_at is 'When that was the last time.';

reset role;
