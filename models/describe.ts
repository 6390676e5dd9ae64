import pg from 'pg'
import type { Obstacle } from './linear.ts'
import type { Column } from './storeNames.ts'

interface Field {
  name: string
  dataTypeID: number
  dataTypeModifier: number
}

/** What of pg's connection is used here: single messages of the extended protocol. */
interface Protocol {
  parse(statement: { text: string; name: string; types: never[] }): void
  describe(what: { type: 'S'; name: string }): void
  sync(): void
}

/**
 * A query's columns with their types, as the server finds them when it plans no execution: a materialized view
 * below may still be without data, as in a plan. Throws pg's DatabaseError, as client.query does.
 */
export async function describeColumns(client: pg.ClientBase, text: string): Promise<Column[]> {
  return (await describeTypes(client, text)).map(({ name, type }) => ({ name, type }))
}

async function describeTypes(
  client: pg.ClientBase,
  text: string,
): Promise<(Column & { isCollatable: boolean })[]> {
  const fields = await describeFields(client, text)
  const { rows } = await client.query<{ type: string; isCollatable: boolean }>(
    `select format_type(type_id, modifier) as type, typcollation <> 0 as "isCollatable"
    from unnest($1::oid[], $2::int[]) with ordinality as fields (type_id, modifier, place)
    join pg_type on pg_type.oid = type_id
    order by place`,
    [fields.map((field) => field.dataTypeID), fields.map((field) => field.dataTypeModifier)],
  )
  return fields.map(({ name }, index) => ({ name, ...rows[index]! }))
}

/** The same with collations, which decide on the least and the greatest of texts and on their equality. */
export async function describeCollated(client: pg.ClientBase, text: string): Promise<Column[]> {
  const columns = await describeTypes(client, text)
  const collatable = columns.filter((column) => column.isCollatable)
  if (collatable.length === 0) return columns.map(({ name, type }) => ({ name, type }))
  const names = columns.map((_, index) => `column_${index + 1}`)
  const asked = collatable.map((column) => `pg_collation_for(${names[columns.indexOf(column)]!})`)
  // of no row, but of a row all the same
  const { rows } = await client.query<{ collations: (string | null)[] }>(
    `select array[${asked.join(', ')}]::text[] as collations
    from (values (1)) as one
    left join (
${text}
    ) as described (${names.join(', ')}) on false`,
  )
  return columns.map((column) => {
    const { name, type } = column
    const collation = rows[0]!.collations[collatable.indexOf(column)] ?? '"default"'
    return collation === '"default"' ? { name, type } : { name, type, collation }
  })
}

/** Of several selects that are made of parts of one: it may be right where a part is not, as the argument of `bool_or('t')`. */
export async function describeParts(
  parts: string[],
  describe: (select: string) => Promise<Column[]>,
): Promise<Column[][] | Obstacle> {
  try {
    const described: Column[][] = []
    for (const part of parts) described.push(await describe(part))
    return described
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    return { reason: `taken apart, it is refused: ${error.message}`, place: undefined }
  }
}

function describeFields(client: pg.ClientBase, text: string): Promise<Field[]> {
  return new Promise((resolve, reject) => {
    let columns: Field[] = []
    const request = {
      submit(connection: unknown): void {
        const protocol = connection as Protocol
        protocol.parse({ text, name: '', types: [] })
        protocol.describe({ type: 'S', name: '' })
        protocol.sync()
      },
      handleRowDescription({ fields }: { fields: Field[] }): void {
        columns = fields
      },
      handleError: reject,
      handleReadyForQuery(): void {
        resolve(columns)
      },
    }
    client.query(request)
  })
}
