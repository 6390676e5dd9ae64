import pg from 'pg'
import { atEnd } from '../support/cleanUp.ts'

/** A connection that ends with the test file. */
export async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => undefined)
  await client.connect()
  atEnd(() => client.end())
  return client
}
