-- Whether an error that may be one of the surroundings is the model's own after all: it ended three ticks in a row at this
-- model, or it came again when a model was tried that had failed. So it is when it needs more memory or temporary files
-- than one session may have. Never: a lost connection, a deadlock, a cancel, a full disk, no connection left, and
-- what others hold.
-- kind: routine
create or replace function ops.is_to_blame(p_model text, p_sqlstate text)
returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select left(p_sqlstate, 2) in ('53', '55', '58', 'XX')
    and p_sqlstate not in ('53100', '53300', '55006', '55P03')
    and (
      exists (
        select
        from ops.tick_faults as faults
        where faults.model = p_model
          and faults.sqlstate = p_sqlstate
          and faults.times >= 3
      )
      or exists (
        select
        from ops.stored_models as models
        where models.model = p_model
          and models.failed_at is not null
      )
    )
$$;
