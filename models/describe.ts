import type pg from 'pg'
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
  const fields = await describeFields(client, text)
  const { rows } = await client.query<{ type: string }>(
    `select format_type(type_id, modifier) as type
    from unnest($1::oid[], $2::int[]) with ordinality as fields (type_id, modifier, place)
    order by place`,
    [fields.map((field) => field.dataTypeID), fields.map((field) => field.dataTypeModifier)],
  )
  return fields.map(({ name }, index) => ({ name, type: rows[index]!.type }))
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
