-- A letter is given up for one version of its model: the next one comes to the event again.

set local role sluice_owner;

alter table ops.settled_letters add column is_reopened boolean not null default false;

comment on column ops.settled_letters.is_reopened is
  'Of a model''s letter that was discarded: its table was dropped or made anew since, so that the event is given up no longer.';

reset role;
