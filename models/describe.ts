import type pg from 'pg'

interface Description {
  fields: { name: string }[]
}

/** What of pg's connection is used here: single messages of the extended protocol. */
interface Protocol {
  parse(statement: { text: string; name: string; types: never[] }): void
  describe(what: { type: 'S'; name: string }): void
  sync(): void
}

/**
 * The names of a query's columns, as the server finds them when it plans no execution: a materialized view
 * below may still be without data, as in a plan. Throws pg's DatabaseError, as client.query does.
 */
export function describeColumns(client: pg.ClientBase, text: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let columns: string[] = []
    const request = {
      submit(connection: unknown): void {
        const protocol = connection as Protocol
        protocol.parse({ text, name: '', types: [] })
        protocol.describe({ type: 'S', name: '' })
        protocol.sync()
      },
      handleRowDescription({ fields }: Description): void {
        columns = fields.map((field) => field.name)
      },
      handleError: reject,
      handleReadyForQuery(): void {
        resolve(columns)
      },
    }
    client.query(request)
  })
}
