import type { Model } from './model.ts'
import { collated, quote, type Column } from './storeNames.ts'

/** Which event a row was made of. */
export const coordinateColumns: Column[] = [
  { name: 'sluice_source_id', type: 'int' },
  { name: 'sluice_generation', type: 'smallint' },
  { name: 'sluice_partition', type: 'int' },
  { name: 'sluice_offset', type: 'bigint' },
]

export const coordinates = [
  { name: 'sluice_source_id', value: 'bronze.sluice_source_id' },
  { name: 'sluice_generation', value: 'bronze.generation' },
  { name: 'sluice_partition', value: 'bronze.kafka_partition' },
  { name: 'sluice_offset', value: 'bronze.kafka_offset' },
]

/** What a `_parse` function gives, as an item of `from`; columns in their collations, by which keys are told apart. */
export function parsedIn(name: string, columns: Column[], range = 'sluice_range'): string {
  const call = `store.${quote(`${name}_parse`)}(${range}, sluice_skip, sluice_floor)`
  return columns.some((column) => column.collation)
    ? `(select ${collated(columns, 'rows.')} from ${call} as rows)`
    : call
}

/** Days while they are few; months, so that a query over a long history does not lock hundreds of tables. */
export function partitionUnit(model: Model): 'day' | 'month' {
  const days = retainedDays(model)
  return days !== null && days <= 90 ? 'day' : 'month'
}

/** Of `-- retain: 30 days`; null keeps all. */
function retainedDays(model: Model): number | null {
  const retain = /^(\d+) days?$/.exec(model.header['retain']?.value ?? '')
  return retain ? Number(retain[1]) : null
}
