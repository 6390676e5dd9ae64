// Models that catch up and meet what others hold.
import type pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { storeMany } from '../models/manyRows.ts'
import { newProject, type Project } from '../models/project.ts'

const clicks = (id = `payload ->> 'id'`) => `-- Clicks.
-- kind: event
-- time: at
select ${id} as id, kafka_at as at from bronze.clicks
`

let project: Project
let holder: pg.Client
beforeEach(async () => {
  project = await newProject({
    'web/sources.sql': `-- Topics.\nselect ops.add_source('clicks');\n`,
    'web/silver/clicks.sql': clicks(),
  })
  await project.apply()
  await storeEvents(project.owner, 'clicks', [{ payload: { id: 'x' } }])
  await tick(project.owner)
  // more than a tick lets in at once
  const payload = `jsonb_build_object('id', 'x')`
  await storeMany(project.owner, 'clicks', { batches: 6, rows: 10_000, payload })
  await tick(project.owner)
  project.write({ 'web/silver/first.sql': clicks(), 'web/silver/second.sql': clicks() })
  await project.apply()
  holder = await project.database.client()
  await holder.query('begin; lock table store.silver_first_v1 in share mode')
})

const step = async () =>
  (await project.rows<{ model: string | null }>('select model from ops.try_catch_up()'))[0]!.model
const faults = () => project.rows('select subject from ops.tick_faults')
const lagging = () => project.rows('select model from ops.lagging_models')

test('a model that is hindered keeps no other from catching up', async () => {
  expect(await step()).toBeNull()
  expect(await faults()).toEqual([{ subject: 'silver.first' }])
  expect(await step()).toBe('silver.second')
  await holder.query('rollback')
  await tick(project.owner)
  expect(await lagging()).toEqual([])
})

test('what hindered a model is shown no longer once apply has filled it', async () => {
  expect(await step()).toBeNull()
  await holder.query('rollback')
  project.write({ 'web/silver/first.sql': clicks(`upper(payload ->> 'id')`) })
  await project.apply()
  expect(await faults()).toEqual([])
})
