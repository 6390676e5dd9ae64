import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { sluice } from '../support/sluice.ts'
import { testsRole } from '../support/templates.ts'

const database = await testDatabase('migrated')
const admin = await database.client(testsRole)
const finding = async () => {
  const { code, stdout } = await sluice(['doctor', '--json'], { DATABASE_URL: database.url() })
  const findings = JSON.parse(stdout) as { check: string; state: string; found: string }[]
  const { state, found } = findings.find(({ check }) => check === 'settings of sessions')!
  return { code, state, found }
}

test('a database whose sessions may only read is named, and so is one with another isolation', async () => {
  expect(await finding()).toMatchObject({ code: 0, state: 'ok' })
  const set = `alter database ${database.name} set`
  await admin.query(`${set} default_transaction_isolation = 'serializable'`)
  expect(await finding()).toEqual({
    code: 0,
    state: 'hint',
    found: 'default_transaction_isolation = serializable',
  })
  await admin.query(`${set} default_transaction_read_only = on`)
  expect(await finding()).toEqual({
    code: 1,
    state: 'missing',
    found: 'default_transaction_isolation = serializable, default_transaction_read_only = on',
  })
})
