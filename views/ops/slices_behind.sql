-- The slices that an incremental model has not applied yet, per event table.
-- kind: view
select
  inputs.model,
  inputs.version,
  inputs.input_no,
  inputs.input,
  inputs.input_version,
  coalesce(progress.applied, '{}') as applied,
  int8multirange(int8range(1, tables.next_slice_no)) - coalesce(progress.applied, '{}') as missing
from ops.model_inputs as inputs
join ops.model_states as tables
  on tables.model = inputs.input
  and tables.version = inputs.input_version
left join ops.model_progress as progress
  on progress.model = inputs.model
  and progress.version = inputs.version
  and progress.input = inputs.input
  and progress.input_version = inputs.input_version
where inputs.source_id is null
