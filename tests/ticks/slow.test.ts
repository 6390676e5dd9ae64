// Models that cost the others of their group much whenever they are tried.
import { beforeEach, expect, test, vi } from 'vitest'
import { storeEvents } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'
import { counts, event } from './groups.ts'

vi.setConfig({ testTimeout: 240_000 })

let project: Project
beforeEach(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('a');\n`,
    'shop/silver/a.sql': event('a'),
    'shop/gold/a_counts.sql': counts('a'),
    'shop/gold/slow.sql': counts('a'),
  })
  await project.apply()
  // the first makes the partition
  for (let left = 3; left > 0; left -= 1) await tick()
})

/** What gold.slow does whenever it writes. */
const slow = (work: string) =>
  project.rows(
    `create or replace function store.slow() returns trigger language plpgsql as $$ begin ${work} return null; end $$;
    create or replace trigger slow before insert on store.gold_slow_v1 execute function store.slow()`,
  )
/** A tick that has something to take; so that all is tried that is to be. */
const tick = async () => {
  await storeEvents(project.owner, 'a', [{ payload: { id: 'x' } }])
  await project.rows('select ops.tick()')
}
const state = async () =>
  (
    await project.rows<{ is_live: boolean; rests: number | null; error: string | null }>(
      `select is_live, round(extract(epoch from retry_at - clock_timestamp()) / 60)::int as rests, error
      from ops.stored_models where model = 'gold.slow'`,
    )
  )[0]!
const retry = () => project.rows('update ops.model_states set retry_at = null')

test('a model that takes more than 15 s in a tick rests for twice as long each time, and costs one try', async () => {
  await project.rows('create sequence store.tries')
  const tries = () => project.rows('select last_value::int as tries from store.tries')
  await slow(`perform nextval('store.tries'), pg_sleep(15.1);`)
  const error = expect.stringMatching(/^It took 00:00:\d\d\.\d+ in a tick$/) as string
  await tick()
  expect(await state()).toEqual({ is_live: false, rests: 1, error })
  await tick()
  await retry()
  await tick()
  expect(await state()).toEqual({ is_live: false, rests: 2, error })
  expect(await tries()).toEqual([{ tries: 2 }])
  const told = await project.rows(`select subject, message from ops.health`)
  expect(told).toEqual([{ subject: 'gold.slow', message: error }])

  await slow('')
  await retry()
  await tick()
  expect(await state()).toEqual({ is_live: true, rests: null, error: null })
  expect(await project.rows('select id, events from gold.slow')).toEqual(
    await project.rows('select id, events from gold.a_counts'),
  )
})

test('a model that fails after long work rests longer each time, up to an hour; one that fails at once a minute', async () => {
  await tick()
  const fails = `raise exception 'not today' using errcode = 'P0002';`
  await slow(fails)
  for (const rests of [1, 1]) {
    await retry()
    await tick()
    expect(await state()).toMatchObject({ is_live: false, rests })
  }
  await slow(`perform pg_sleep(1.1); ${fails}`)
  for (const rests of [1, 2, 4, 8, 16, 32, 60, 60]) {
    await retry()
    await tick()
    expect(await state()).toMatchObject({ is_live: false, rests })
  }
  await project.rows(
    `update ops.model_states set slow_failed_at = slow_failed_at - interval '2 hours'`,
  )
  await retry()
  await tick()
  expect(await state()).toMatchObject({ is_live: false, rests: 1 })
})

test('a changed comment of a model that failed leaves its error', async () => {
  await slow(`raise exception 'not today' using errcode = 'P0002';`)
  await tick()
  project.write({ 'shop/gold/slow.sql': counts('a').replace('Events of', 'How many events of') })
  await project.apply()
  expect((await state()).error).toBe('not today (P0002)')
  project.write({ 'shop/gold/slow.sql': counts('a').replace('count(*)', 'count(at)') })
  await project.apply()
  expect(await state()).toEqual({ is_live: true, rests: null, error: null })
})
