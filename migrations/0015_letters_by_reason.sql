-- Dead letters are counted by reason whenever somebody asks for the health; there may be millions of them.

set local role sluice_owner;

create index dead_letters_reason_idx on ops.dead_letters (source_id, stage, sqlstate, failed_at);

reset role;
