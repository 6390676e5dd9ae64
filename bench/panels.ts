/**
 * How long each query of the dashboards and alert rules takes, as grafana_reader, with a million events of all five
 * domains stored: two hours that end now, and three weeks before them. Worst first, in milliseconds, the middle one of
 * five runs; without Grafana, and with no tick beside it. Baseline: counting the rows of the largest silver table.
 * `npx tsx bench/panels.ts [events]`
 */
import { join } from 'node:path'
import type pg from 'pg'
import { evaluateAlert, expandMacros, queriesOf, timeRangeOf } from 'grafana-provisioning-schema'
import { projectFolder } from '../cli/projectFolder.ts'
import { applyModels } from '../models/apply.ts'
import { alertRules } from '../tests/dashboards/alertRules.ts'
import { openVariables } from '../tests/dashboards/openVariables.ts'
import { storeGenerated } from '../tests/dashboards/storeGenerated.ts'
import { dashboardFiles } from '../tests/grafana/files.ts'
import { tick } from '../tests/models/bronzeRows.ts'
import { median, withServers } from './benchServers.ts'

const events = Number(process.argv[2] ?? 1_000_000)
const hours = 2
const bound = 500

type Timed = { name: string; ms: number }

await withServers({ kafka: false }, async ({ client }) => {
  const owner = await client('sluice_owner')
  await applyModels(owner, {
    folders: [join(projectFolder, 'views')],
    planOnly: false,
    prune: false,
    opsOnly: false,
  })
  await fill(owner)
  const reader = await client('grafana_reader')
  // long enough for what is too slow
  await reader.query(`set statement_timeout = '5min'`)
  const baseline = await timed(() => reader.query('select count(*) from silver.clicks'))
  const panels = [...(await timeDashboards(reader)), ...(await timeAlerts(reader))]
  report(panels, baseline)
})

async function fill(owner: pg.Client): Promise<void> {
  const began = performance.now()
  const history = 21 * 24 * 3600
  const historyRate = (0.1 * events) / history
  const start = new Date(Date.now() - hours * 3_600_000).toISOString()
  const rate = (0.9 * events) / (hours * 3600)
  // of as many as are due until now, which is about all of them
  await storeGenerated(owner, {
    start,
    events: 2 * events,
    rate,
    history: `${history}s`,
    historyRate,
    rhythm: false,
  })
  const stored = performance.now()
  await tick(owner)
  for (const { job_name } of (
    await owner.query<{ job_name: string }>(`select job_name from ops.jobs`)
  ).rows)
    await owner.query('select ops.run_job($1)', [job_name])
  const { rows } = await owner.query<{ rows: string }>(
    'select sum(stored_rows) as rows from ops.source_status',
  )
  const seconds = (from: number, to: number) => Math.round((to - from) / 1000)
  console.log(
    `${Number(rows[0]!.rows).toLocaleString('en')} events: stored in ${seconds(began, stored)} s, in gold after ${seconds(stored, performance.now())} s more`,
  )
}

async function timeDashboards(reader: pg.Client): Promise<Timed[]> {
  const found: Timed[] = []
  for (const { path, json } of dashboardFiles()) {
    const now = new Date()
    const variables = await openVariables(reader, json, now)
    const context = { ...timeRangeOf(json, now), variables, interval: '10s' }
    for (const { where, sql } of queriesOf(json)) {
      const text = expandMacros(sql, context)
      found.push({ name: `${path}, ${where}`, ms: await timed(() => reader.query(text)) })
    }
  }
  return found
}

async function timeAlerts(reader: pg.Client): Promise<Timed[]> {
  const found: Timed[] = []
  for (const rule of alertRules.values()) {
    const ms = await timed(() => evaluateAlert(rule, (sql) => reader.query(sql)))
    found.push({ name: `alert rule "${rule.title}"`, ms })
  }
  return found
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const runs: number[] = []
  for (let run = 0; run < 5; run += 1) {
    const began = performance.now()
    await work()
    runs.push(performance.now() - began)
  }
  return median(runs)
}

function report(panels: Timed[], baseline: number): void {
  console.log(`baseline  ${baseline.toFixed(1).padStart(8)} ms   count(*) of silver.clicks`)
  for (const { name, ms } of panels.toSorted((a, b) => b.ms - a.ms)) {
    const ratio = (ms / baseline).toFixed(2).padStart(7)
    console.log(`${ratio} ×  ${ms.toFixed(1).padStart(8)} ms   ${name}`)
  }
  const slow = panels.filter(({ ms }) => ms >= bound).length
  console.log(`${panels.length} queries, ${slow} of them take ${bound} ms or more`)
}
