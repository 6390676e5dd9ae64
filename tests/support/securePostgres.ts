import { chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { LocalPostgres } from '../../local/servers.ts'
import type { Certificate } from './certificates.ts'
import { ownPostgres } from './ownPostgres.ts'
import { until } from './until.ts'

export interface SecurePostgres {
  server: LocalPostgres
  /** From then on, new connections are shown this certificate. */
  show(shown: Certificate): Promise<void>
}

/** A PostgreSQL of the test file's own, which speaks TLS. */
export async function securePostgres(shown: Certificate): Promise<SecurePostgres> {
  const server = await ownPostgres()
  const show = (certificate: Certificate) => showCertificate(server.adminUrl, certificate)
  await show(shown)
  return { server, show }
}

let shownBefore = 0

async function showCertificate(adminUrl: string, shown: Certificate): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  const { rows } = await client.query<{ folder: string }>(
    `select current_setting('data_directory') as folder`,
  )
  const { folder } = rows[0]!
  const { uid, gid } = statSync(folder)
  const name = `server-${(shownBefore += 1)}`
  for (const [file, content] of [
    [`${name}.crt`, shown.certificate],
    [`${name}.key`, shown.key],
  ] as const) {
    writeFileSync(join(folder, file), content, { mode: 0o600 })
    chownSync(join(folder, file), uid, gid)
  }
  await client.query('alter system set ssl = on')
  await client.query(`alter system set ssl_cert_file = '${name}.crt'`)
  await client.query(`alter system set ssl_key_file = '${name}.key'`)
  await client.query('select pg_reload_conf()')
  await until('the server has read its settings', async () => {
    const { rows } = await client.query<{ file: string }>(
      `select current_setting('ssl_cert_file') as file where current_setting('ssl')::bool`,
    )
    return rows[0]?.file === `${name}.crt`
  })
  await client.end()
}
