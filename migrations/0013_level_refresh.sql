-- Whether a materialized model was refreshed while what it reads still caught up.

set local role sluice_owner;

alter table ops.models add column was_level boolean not null default true;

comment on column ops.models.was_level is 'Of a materialized model: whether the tables that it reads were level when it was refreshed. It is refreshed again as soon as they are.';

reset role;
