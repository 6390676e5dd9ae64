import { inject } from 'vitest'
import { findOrStartPostgres, type LocalPostgres } from '../../local/servers.ts'
import { atEnd } from './cleanUp.ts'
import type { PostgresKind } from './provided.ts'
import { newDataFolder, postgresSettings, serverOptions } from './dataFolder.ts'

/**
 * A PostgreSQL of the test file's own (default: of the project's kind), with an empty database `sluice` and no role but
 * `postgres`, a superuser. Where the machine has pg_cron (`hasCron`), it is loaded for that database.
 */
export async function ownPostgres(
  settings: Record<string, string> = {},
  kind: PostgresKind = inject('postgresKind'),
): Promise<LocalPostgres> {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const server = await findOrStartPostgres({
    ...(await serverOptions(folder)),
    prefer: kind,
    settings: { ...postgresSettings, ...settings },
  })
  atEnd(() => server.stop())
  return server
}
