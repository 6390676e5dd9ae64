-- Faults of ticks that were undone and are tried again: so that they are seen in SQL, and told apart from one model's own.

set local role sluice_owner;

create table ops.tick_faults (
  subject text primary key,
  model text,
  sqlstate text not null,
  message text not null,
  times int not null default 1,
  since_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  constraint times_is_positive check (times > 0)
);

comment on table ops.tick_faults is 'What undid the last ticks of a group, or the last steps of a model that catches up. Gone with the next that succeeds.';
comment on column ops.tick_faults.subject is 'The group of models, the model that catches up, or "catching up" where that is not known.';
comment on column ops.tick_faults.model is 'The model at whose turn it happened; null where it happened between them, or by a cancel.';
comment on column ops.tick_faults.times is 'How often in a row it was this fault of this model.';
comment on column ops.tick_faults.since_at is 'When the last tick that succeeded was followed by the first that did not, whatever the fault.';

grant select on ops.tick_faults to sluice_refresh, analyst;

reset role;
