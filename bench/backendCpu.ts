import { readFileSync } from 'node:fs'
import type pg from 'pg'

const ticksPerSecond = 100

/** CPU seconds that the server's process behind a connection has used so far. Linux only: read from /proc. */
export async function backendCpu(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const fields = readFileSync(`/proc/${rows[0]!.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: utime and stime are fields 14 and 15
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** CPU seconds of the server for some work on that connection. */
export async function cpuOf(client: pg.Client, work: () => Promise<unknown>): Promise<number> {
  const before = await backendCpu(client)
  await work()
  return (await backendCpu(client)) - before
}
