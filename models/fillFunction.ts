import { quote } from './storeNames.ts'

/**
 * The function that fills an empty table of an incremental model with what the slices of `sluice_new` make, at once:
 * `insert` looks for no rows that are there, and the indexes are made after it.
 */
export const fillFunction = (name: string, insert: string): string =>
  `create function store.${quote(`${name}_fill`)}(sluice_new ops.slice_range[])
returns void
language plpgsql volatile
as $sluice$
#variable_conflict use_column
begin
  ${insert};
end
$sluice$`
