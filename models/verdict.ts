import type pg from 'pg'
import type { Kind, Model } from './model.ts'
import { qualified, quote } from './storeNames.ts'

/** What came of comparing one model with its definition. */
export interface Verdict {
  model: string
  kind: Kind
  outcome: 'equal' | 'different' | 'failed' | 'not compared'
  /** What was counted, or why nothing was. */
  message: string
}

/** A model that is kept in a table, as it is applied. */
export interface StoredRow {
  schema: string
  object: string
  kind: Kind
  strategy: string | null
  header: Record<string, string>
  definition: string
  version: number
  store: string
  floor: Date
}

export const verdictOf = (
  { schema, object, kind }: StoredRow,
  outcome: Verdict['outcome'],
  message: string,
): Verdict => ({ model: `${schema}.${object}`, kind, outcome, message })

/** The parts of a model that the compiler's own functions look at. */
export const modelOf = ({ schema, object, kind, header, definition }: StoredRow): Model =>
  ({
    name: `${schema}.${object}`,
    schema,
    object,
    kind,
    body: definition,
    header: Object.fromEntries(
      Object.entries(header).map(([key, value]) => [key, { value, offset: 0 }]),
    ),
  }) as Model

interface Output {
  name: string
  /** Whether the server can tell two values of its type apart. */
  has_equality: boolean
}

export async function outputsOf(
  client: pg.ClientBase,
  row: { schema: string; object: string },
): Promise<Output[]> {
  const { rows } = await client.query<Output>(
    `with recursive parts as (
      select attnum, attname::text as name, atttypid as type
      from pg_attribute
      where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
      union
      -- of an array, a range, a domain or a composite type the equality is that of what it is made of
      select parts.attnum, parts.name, inner_type
      from parts
      join pg_type on pg_type.oid = parts.type
      left join pg_range on rngtypid = pg_type.oid or rngmultitypid = pg_type.oid
      cross join lateral (
        select case when pg_type.typcategory = 'A' then pg_type.typelem end
        union all
        select rngsubtype
        union all
        select nullif(pg_type.typbasetype, 0)
        union all
        select atttypid from pg_attribute where attrelid = nullif(pg_type.typrelid, 0) and attnum > 0 and not attisdropped
      ) as inner_types (inner_type)
      where inner_type <> 0
    )
    select
      name,
      bool_and(
        pg_type.typtype in ('d', 'c', 'e', 'r', 'm')
        or pg_type.typcategory in ('A', 'E')
        or exists (
          select
          from pg_opclass
          join pg_am on pg_am.oid = opcmethod and amname in ('btree', 'hash')
          where opcdefault
            and (opcintype = pg_type.oid
              or exists (
                select from pg_cast where castsource = pg_type.oid and casttarget = opcintype and castmethod = 'b'
              ))
        )
      ) as has_equality
    from parts
    join pg_type on pg_type.oid = parts.type
    group by attnum, name
    order by attnum`,
    [qualified(row)],
  )
  return rows
}

/** A column as it can be compared, as a text if need be. */
export const comparable = ({ name, has_equality: hasEquality }: Output, of = 'rows'): string =>
  `${of}.${quote(name)}${hasEquality ? '' : `::text as ${quote(name)}`}`

export async function compare(
  client: pg.ClientBase,
  stored: string,
  definition: string,
): Promise<{ rows: number; extra: number; missing: number }> {
  const { rows } = await client.query<Record<'rows' | 'extra' | 'missing', string>>(`
    with stored as materialized (${stored}),
    defined as materialized (${definition})
    select
      (select count(*) from stored) as rows,
      (select count(*) from (table stored except all table defined) as extra) as extra,
      (select count(*) from (table defined except all table stored) as missing) as missing`)
  const [counts] = rows
  return {
    rows: Number(counts!.rows),
    extra: Number(counts!.extra),
    missing: Number(counts!.missing),
  }
}

/** `, 2 keys are wrong` of what was found, for the end of a message; nothing of what was not. */
export const told = (found: [count: number, what: string][]): string =>
  found.map(([count, what]) => (count === 0 ? '' : `, ${count} ${what}`)).join('')
