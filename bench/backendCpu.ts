import { readFileSync } from 'node:fs'
import type pg from 'pg'

/** CPU seconds that the server's process behind a connection has used so far. Linux only. */
export async function backendCpu(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  // of its only thread, in nanoseconds: https://docs.kernel.org/scheduler/sched-stats.html
  const [ran] = readFileSync(`/proc/${rows[0]!.pid}/schedstat`, 'utf8').split(' ')
  return Number(ran) / 1e9
}

/** CPU seconds of the server for some work on that connection. */
export async function cpuOf(client: pg.Client, work: () => Promise<unknown>): Promise<number> {
  const before = await backendCpu(client)
  await work()
  return (await backendCpu(client)) - before
}
