import { beforeEach, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { lettersOf, storeEvents, tick, type Event } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const text = (header = '') => `-- Goods.
-- kind: entity
-- key: good_id
${header}select
  payload ->> 'id' as good_id,
  payload ->> 'name' as name,
  (payload ->> 'revision')::int as revision
from bronze.goods
`

let project: Project
beforeEach(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('goods');\n`,
  })
})

/** What the model shows after these events, as `id name`. */
async function shown(header: string, events: Event[]): Promise<string[]> {
  project.write({ 'shop/silver/goods.sql': text(header) })
  await project.apply()
  await storeEvents(project.owner, 'goods', events)
  await tick(project.owner)
  const rows = await project.rows<{ shown: string }>(
    `select concat_ws(' ', good_id, name) as shown from silver.goods order by 1`,
  )
  return rows.map((row) => row.shown)
}

const at = (second: number) => `2026-03-01T10:00:0${second}Z`
const events: Event[] = [
  { at: at(1), payload: { id: 'a', name: 'old' } },
  { at: at(3), payload: { id: 'a', name: 'new' } },
  { at: at(2), payload: { id: 'a', name: 'middle' } },
  { at: at(1), payload: { id: 'b', name: 'other' } },
]

test.each([
  ['in order', [0, 1, 2, 3]],
  ['backwards', [3, 2, 1, 0]],
  ['the newest first', [1, 3, 0, 2]],
])('the newest entry wins when they come %s', async (_, order) => {
  const arriving = order.map((index, offset) => ({ ...events[index]!, offset }))
  expect(await shown('', arriving)).toEqual(['a new', 'b other'])
})

test('at the same time the higher partition, then the higher offset wins', async () => {
  const same = [
    { partition: 0, offset: 9, payload: { id: 'a', name: 'low partition' } },
    { partition: 1, offset: 2, payload: { id: 'a', name: 'low offset' } },
    { partition: 1, offset: 3, payload: { id: 'a', name: 'last' } },
  ]
  expect(await shown('', same)).toEqual(['a last'])
})

test('of rows that one event makes of a key the last by its text stays', async () => {
  project.write({
    'shop/silver/goods.sql': text()
      .replace("payload ->> 'name' as name", 'name')
      .replace(
        'bronze.goods',
        `bronze.goods, jsonb_array_elements_text(payload -> 'names') as name`,
      ),
  })
  await project.apply()
  const ids = Array.from({ length: 40 }, (_, id) => `g${id}`)
  for (const some of [ids.slice(0, 30), ids.slice(30)]) {
    await storeEvents(
      project.owner,
      'goods',
      some.map((id) => ({ payload: { id, names: ['b', 'c', 'a'] } })),
    )
    await tick(project.owner)
  }
  expect(await project.rows('select distinct name from silver.goods')).toEqual([{ name: 'c' }])
  expect(await verifyModels(project.owner, [])).toMatchObject([{ outcome: 'equal' }])
})

test('with a version the highest wins, whenever it came', async () => {
  const versions = [
    { at: at(1), payload: { id: 'a', name: 'two', revision: 2 } },
    { at: at(2), payload: { id: 'a', name: 'ten', revision: 10 } },
    { at: at(3), payload: { id: 'a', name: 'nine', revision: 9 } },
  ]
  expect(await shown('-- version: revision\n', versions)).toEqual(['a ten'])
})

test('of one version the newest entry wins', async () => {
  const versions = [
    { at: at(2), payload: { id: 'a', name: 'newer', revision: 1 } },
    { at: at(1), payload: { id: 'a', name: 'older', revision: 1 } },
  ]
  expect(await shown('-- version: revision\n', versions)).toEqual(['a newer'])
})

test('an entry without a version is a dead letter', async () => {
  const versions = [
    { at: at(1), payload: { id: 'a', name: 'known', revision: 1 } },
    { at: at(2), payload: { id: 'a', name: 'unknown' } },
    { at: at(2), payload: { id: 'b', name: 'unknown' } },
  ]
  expect(await shown('-- version: revision\n', versions)).toEqual(['a known'])
  expect(await lettersOf(project.owner, 'silver.goods')).toEqual(['0/1 23502', '0/2 23502'])
})

test('an entry without a key is a dead letter', async () => {
  expect(await shown('', [{ payload: { name: 'nobody' } }, { payload: { id: 'a' } }])).toEqual([
    'a',
  ])
  expect(await lettersOf(project.owner, 'silver.goods')).toEqual(['0/0 23502'])
})

test('a tombstone deletes the entity of its Kafka key', async () => {
  const deleted: Event[] = [
    { at: at(1), key: 'a', payload: { id: 'a', name: 'gone' } },
    { at: at(1), key: 'b', payload: { id: 'b', name: 'stays' } },
    { at: at(2), key: 'a', payload: null },
  ]
  expect(await shown('-- delete: tombstone\n', deleted)).toEqual(['b stays'])
})

test('what comes late from before the tombstone does not revive it; what is newer does', async () => {
  const late: Event[] = [
    { at: at(3), key: 'a', payload: null },
    { at: at(2), key: 'a', payload: { id: 'a', name: 'too old' } },
    { at: at(3), key: 'b', payload: null },
    { at: at(4), key: 'b', payload: { id: 'b', name: 'anew' } },
  ]
  expect(await shown('-- delete: tombstone\n', late)).toEqual(['b anew'])
})

test('a tombstone without delete is no entry', async () => {
  const events: Event[] = [
    { at: at(1), key: 'a', payload: { id: 'a', name: 'stays' } },
    { at: at(2), key: 'a', payload: null },
  ]
  expect(await shown('', events)).toEqual(['a stays'])
})

test('a tombstone deletes by time also where entries have versions', async () => {
  const deleted: Event[] = [
    { at: at(1), key: 'a', payload: { id: 'a', name: 'gone', revision: 7 } },
    { at: at(2), key: 'a', payload: null },
  ]
  expect(await shown('-- version: revision\n-- delete: tombstone\n', deleted)).toEqual([])
})
