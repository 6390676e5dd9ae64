// What a database says of its sessions, and a worker does all the same.
import { expect, test } from 'vitest'
import { storeEvents } from '../models/bronzeRows.ts'
import { testsRole } from '../support/templates.ts'
import { until } from '../support/until.ts'
import { countOf, groupedProject, startWorker } from './groups.ts'

test.each(['repeatable read', 'serializable'])(
  'a worker ticks in read committed, whatever the database says: %s',
  async (level) => {
    const project = await groupedProject()
    const admin = await project.database.client(testsRole)
    await admin.query(
      `alter database ${project.database.name} set default_transaction_isolation = '${level}'`,
    )
    const worker = startWorker(project)
    await storeEvents(project.owner, 'a', [{ payload: { id: 'x' } }])
    await until('it ticked', async () => (await countOf(project, 'a')) === 2)
    expect((await worker.kill('SIGTERM')).code).toBe(0)
    expect(worker.stderr()).not.toContain('fault')
  },
)

test('what a worker does may take longer than the database lets a statement take', async () => {
  const project = await groupedProject()
  const admin = await project.database.client(testsRole)
  await admin.query(`alter database ${project.database.name} set statement_timeout = '500ms'`)
  await project.rows(`select ops.put_job('long', 'select pg_sleep(1)', '1 hour')`)
  await project.rows(`update ops.jobs set created_at = now() - interval '2 hours'`)
  const worker = startWorker(project)
  await until('the job ran', async () => {
    const [job] = await project.rows(`select last_is_ok from ops.jobs where job_name = 'long'`)
    return job!['last_is_ok'] !== null
  })
  expect(
    await project.rows(`select is_ok, message from ops.job_runs where job_name = 'long'`),
  ).toEqual([{ is_ok: true, message: null }])
  expect((await worker.kill('SIGTERM')).code).toBe(0)
})
