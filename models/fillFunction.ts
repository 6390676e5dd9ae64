import { quote } from './storeNames.ts'

/**
 * The function that fills the empty tables of an incremental model with what the slices of `sluice_new` make: `insert`
 * looks for no rows that are there.
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
