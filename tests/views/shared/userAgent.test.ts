import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../support/database.ts'
import { userAgents } from './userAgents.ts'

let reader: pg.Client
beforeAll(async () => {
  reader = await (await testDatabase('applied')).client('grafana_reader')
})

async function partsOf(userAgent: string | null) {
  const { rows } = await reader.query(
    `select silver.browser_of($1) as browser, silver.os_of($1) as os, silver.device_of($1) as device`,
    [userAgent],
  )
  return rows[0] as Record<string, unknown>
}

test.each(userAgents)(
  '$browser on $os, $device: $userAgent',
  async ({ userAgent, browser, os, device }) => {
    expect(await partsOf(userAgent)).toEqual({ browser, os, device })
  },
)

test('no user agent is nothing, and no bot', async () => {
  expect(await partsOf(null)).toEqual({ browser: null, os: null, device: null })
  const { rows } = await reader.query('select silver.is_bot(null) as is_bot')
  expect(rows).toEqual([{ is_bot: null }])
})

test('the functions are inlined, so that a call costs no more than its comparisons', async () => {
  const { rows } = await reader.query<Record<'QUERY PLAN', string>>(
    `explain (verbose) select silver.browser_of(ua), silver.os_of(ua), silver.device_of(ua)
    from (values ('a'), ('b')) as agents (ua)`,
  )
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('CASE')
  expect(plan).not.toMatch(/silver\./)
})
