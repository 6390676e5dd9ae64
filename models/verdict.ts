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
    `select
      attname::text as name,
      -- json, xml and points have none; of an array or a range it is that of its elements
      coalesce(
        case when pg_type.typcategory = 'A' then pg_type.typelem end, pg_range.rngsubtype, nullif(pg_type.typbasetype, 0), pg_type.oid
      )
        not in (
          select oid from pg_type
          where typname in ('json', 'jsonpath', 'xml', 'point', 'polygon', 'line', 'txid_snapshot', 'aclitem')
            and typnamespace = 'pg_catalog'::regnamespace
        ) as has_equality
    from pg_attribute
    join pg_type on pg_type.oid = atttypid
    left join pg_range on rngtypid = pg_type.oid
    where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
    order by attnum`,
    [qualified(row)],
  )
  return rows
}

export const comparable = ({ name, has_equality: hasEquality }: Output) =>
  `rows.${quote(name)}${hasEquality ? '' : '::text'}`

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
