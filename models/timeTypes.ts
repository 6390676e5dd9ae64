import type pg from 'pg'
import { expression, namesIn, visitNodes, type Node, type Select } from './ast.ts'
import { quote } from './storeNames.ts'

/** Of the types that a select names, those whose text may hold a word for the clock: times, and composites with one. */
export type TimeTypes = Map<string, 'time' | 'record'>

/** Of types, given as `start (name, type_id)`, those that are times or are made of them: domains, arrays, ranges, composites. */
const timesAmong = (start: string) => `
  with recursive parts (name, type_id, is_field) as (
    select name, type_id, false from (${start}) as start (name, type_id)
    union
    select parts.name, below.type_id, parts.is_field or below.is_field
    from parts
    join pg_type on pg_type.oid = parts.type_id
    cross join lateral (
      select typbasetype, false
      union all
      select typelem, false
      union all
      select rngsubtype, false from pg_range where pg_type.oid in (rngtypid, rngmultitypid)
      union all
      select atttypid, true from pg_attribute where attrelid = typrelid and attnum > 0 and not attisdropped
    ) as below (type_id, is_field)
  )
  select name, bool_or(is_field) as "isRecord"
  from parts
  where type_id in (
    'timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype, 'time'::regtype, 'timetz'::regtype
  )
  group by name`

/** Asks the server about all types that a select names, those that it names as functions too: `date(text)` is a cast. */
export async function timeTypesIn(client: pg.ClientBase, select: Select): Promise<TimeTypes> {
  const names = new Set<string>()
  visitNodes(select, (type, fields) => {
    const written = type === 'FuncCall' ? fields['funcname'] : namesOf(fields['typeName'])
    if (namesIn(written).length <= 2) names.add(nameOf(written))
  })
  names.delete('')
  const { rows } = await client.query<{ name: string; isRecord: boolean }>(
    timesAmong('select name, to_regtype(name)::oid from unnest($1::text[]) as name'),
    [[...names]],
  )
  return new Map(rows.map(({ name, isRecord }) => [name, isRecord ? 'record' : 'time']))
}

const namesOf = (typeName: unknown) => (typeName as Node | undefined)?.['names']
const nameOf = (names: unknown) => namesIn(names).map(quote).join('.')

/** What a type, as a select writes it, is. */
export const timeTypeOf = (typeName: unknown, times: TimeTypes): 'time' | 'record' | undefined =>
  times.get(nameOf(namesOf(typeName)))

export interface TimeCast {
  node: Node
  arg: Node
  typeName: Node
  to: 'time' | 'record'
}

/** A cast to a time, or to what holds one, in whatever way it is written. */
export function timeCastOf(node: Node, times: TimeTypes): TimeCast | undefined {
  const cast = node['TypeCast'] as { arg: Node; typeName: Node } | undefined
  if (cast) {
    const to = timeTypeOf(cast.typeName, times)
    return to && { node, ...cast, to }
  }
  const call = node['FuncCall'] as { funcname: unknown; args?: Node[] } | undefined
  if (call?.args?.length !== 1) return undefined
  const typeName = { names: call.funcname, typemod: -1 } as Node
  // a composite is no function
  return timeTypeOf(typeName, times) === 'time'
    ? { node, arg: call.args[0]!, typeName, to: 'time' }
    : undefined
}

const recordReaders = /^jsonb?_populate_record(set)?$/

/** Where the columns of a record are read out of JSON, and one of them is a time. */
export function readsTimes(type: string, fields: Node, times: TimeTypes): boolean {
  if (type === 'ColumnDef') return timeTypeOf(fields['typeName'], times) !== undefined
  if (type !== 'FuncCall' || !recordReaders.test(namesIn(fields['funcname']).at(-1)!)) return false
  const record = (fields['args'] as Node[])[0]?.['TypeCast'] as Node | undefined
  return !record || timeTypeOf(record['typeName'], times) !== undefined
}

/** Constants that are cast to a time, or to what holds one. */
export function timeConstants(select: Select, times: TimeTypes): Set<Node> {
  const found = new Set<Node>()
  visitNodes(select, (_, __, node) => {
    const cast = timeCastOf(node, times)
    if (cast?.arg['A_Const']) found.add(cast.arg)
  })
  return found
}

/** Casts to times of what is no constant, inner ones first. */
export function timeCastsIn(select: Select, times: TimeTypes): TimeCast[] {
  const found: TimeCast[] = []
  visitNodes(select, (_, __, node) => {
    const cast = timeCastOf(node, times)
    if (cast && !cast.arg['A_Const']) found.unshift(cast)
  })
  return found
}

/** Nothing, of the type that a cast has. */
export const nullOf = ({ typeName }: TimeCast): Node => ({
  TypeCast: { arg: expression('null'), typeName },
})

/** How many texts a select makes into times, as the server reads it: by their input functions, whatever is written. */
export async function countTextsToTimes(client: pg.ClientBase, text: string): Promise<number> {
  await client.query('savepoint counting')
  try {
    await client.query(`create view store.sluice_read as ${text}`)
    const { rows } = await client.query<{ count: number }>(`
      with casts as (
        select result[1]::oid as type_id
        from pg_rewrite
        cross join lateral regexp_matches(
          ev_action::text, ':resulttype (\\d+) :resultcollid \\d+ :coerceformat', 'g'
        ) as result
        where ev_class = 'store.sluice_read'::regclass
      )
      select count(*)::int as count
      from casts
      join (${timesAmong('select distinct type_id::text, type_id from casts')}) as times
        on times.name = casts.type_id::text`)
    return rows[0]!.count
  } finally {
    await client.query('rollback to savepoint counting')
    await client.query('release savepoint counting')
  }
}
