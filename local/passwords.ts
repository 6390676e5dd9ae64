import pg from 'pg'
import { withClient } from './postgresDatabase.ts'
import type { LocalPostgres } from './servers.ts'

const loginRoles = ['sluice_owner', 'sluice_ingest', 'sluice_refresh', 'grafana_reader', 'analyst']

/**
 * Gives the roles that the migrations created (without passwords) the one that `urlFor` puts into their URLs.
 * Call it after `migrate`. Does nothing on a given server: its roles are its owner's business.
 */
export async function giveLocalPasswords(postgres: LocalPostgres): Promise<void> {
  if (postgres.kind === 'given') return
  await withClient(postgres.adminUrl, async (client) => {
    const { rows } = await client.query<{ rolname: string }>(
      'select rolname from pg_roles where rolname = any($1)',
      [loginRoles],
    )
    for (const { rolname } of rows) {
      const password = decodeURIComponent(new URL(postgres.urlFor(rolname)).password)
      await client.query(
        `alter role ${pg.escapeIdentifier(rolname)} password ${pg.escapeLiteral(password)}`,
      )
    }
  })
}
