import type pg from 'pg'
import { cpuSeconds } from './processFigures.ts'

/** CPU seconds that the server's process behind a connection has used so far. */
export async function backendCpu(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return cpuSeconds(rows[0]!.pid)
}

/** CPU seconds of the server for some work on that connection. */
export async function cpuOf(client: pg.Client, work: () => Promise<unknown>): Promise<number> {
  const before = await backendCpu(client)
  await work()
  return (await backendCpu(client)) - before
}
