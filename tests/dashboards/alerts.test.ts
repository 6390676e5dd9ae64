import { beforeEach, describe, expect, test } from 'vitest'
import { alertRules } from './alertRules.ts'
import { alertScene, order, timeOf, type AlertScene } from './alertScene.ts'

let scene: AlertScene
beforeEach(async () => {
  scene = await alertScene()
})

const view = (at: string, event_time: unknown = timeOf(at)) => ({
  at,
  payload: {
    event_id: crypto.randomUUID(),
    user_id: 'u1',
    session_id: '00000000-0000-4000-8000-000000000001',
    page_type: 'home',
    event_time,
  },
})

describe('an alert tells that', () => {
  test('ingest falls behind its topic, until it has caught up', async () => {
    await scene.at('10:00:00')
    await scene.store('ecommerce_purchases', order('10:00:00', 1))
    const sourceId = await scene.sourceId('ecommerce-purchases')
    const ends = [{ source_id: sourceId, generation: 1, partition: 0, end_offset: 3 }]
    await scene.owner.query('select ops.report_ends($1)', [JSON.stringify(ends)])
    await scene.at('10:00:20')
    expect(await scene.firing('sluice-lag-growing')).toEqual([])
    await scene.at('10:00:40')
    expect(await scene.firing('sluice-lag-growing')).toEqual([{ topic: 'ecommerce-purchases' }])
    await scene.store('ecommerce_purchases', order('10:00:05', 2), order('10:00:06', 3))
    expect(await scene.firing('sluice-lag-growing')).toEqual([])
  })

  test('a topic lags, but not where its source is paused on purpose', async () => {
    await scene.at('10:00:00')
    await scene.store('ecommerce_purchases', order('10:00:00', 1))
    const sourceId = await scene.sourceId('ecommerce-purchases')
    const ends = [{ source_id: sourceId, generation: 1, partition: 0, end_offset: 3 }]
    await scene.owner.query('select ops.report_ends($1)', [JSON.stringify(ends)])
    await scene.at('10:05:00')
    expect(await scene.firing('sluice-lag-growing')).toHaveLength(1)
    await scene.owner.query(`select ops.pause_source('ecommerce-purchases')`)
    expect(await scene.firing('sluice-lag-growing')).toEqual([])
  })

  test('a model stays behind what is stored, until it is ticked', async () => {
    await scene.at('10:00:00')
    await scene.store('ecommerce_page_views', view('10:00:00'))
    await scene.tick()
    expect(await scene.firing('sluice-stale-model')).toEqual([])
    await scene.at('10:05:00')
    await scene.store('ecommerce_page_views', view('10:05:00'))
    expect(await scene.firing('sluice-stale-model')).toEqual([])
    await scene.at('10:06:30')
    expect(await scene.firing('sluice-stale-model')).toContainEqual({
      model: 'silver.page_views',
      kind: 'event',
    })
    await scene.tick()
    expect(await scene.firing('sluice-stale-model')).toEqual([])
  })

  test('events were set aside, until they are discarded', async () => {
    await scene.at('10:00:00')
    await scene.store('ecommerce_page_views', view('10:00:00'))
    await scene.tick()
    expect(await scene.firing('sluice-dead-letters')).toEqual([])
    await scene.store('ecommerce_page_views', view('10:00:01', 'half past'))
    await scene.tick()
    const letters = { topic: 'ecommerce-page-views', stage: 'silver.page_views' }
    expect(await scene.firing('sluice-dead-letters')).toEqual([letters])
    await scene.owner.query('select ops.discard_dead_letters($1, $2)', Object.values(letters))
    expect(await scene.firing('sluice-dead-letters')).toEqual([])
  })

  test('a job failed, until it has run well', async () => {
    const runs = (command: string) =>
      scene.owner.query(`select ops.put_job('mine', $1, '1 hour'), ops.run_job('mine')`, [command])
    await scene.owner.query('select ops.run_job(job_name) from ops.jobs')
    await runs('select 1')
    expect(await scene.firing('sluice-job-failed')).toEqual([])
    await runs('select 1 / 0')
    expect(await scene.firing('sluice-job-failed')).toEqual([{ job: 'mine' }])
    await runs('select 1')
    expect(await scene.firing('sluice-job-failed')).toEqual([])
  })

  test('jobs do not run, until they do', async () => {
    await scene.owner.query(`update ops.jobs set last_ended_at = now() - interval '1 day'`)
    const { rows } = await scene.owner.query<{ job: string }>(
      'select job_name as job from ops.jobs',
    )
    expect(await scene.firing('sluice-job-failed')).toEqual(expect.arrayContaining(rows))
    await scene.owner.query('select ops.run_job(job_name) from ops.jobs')
    expect(await scene.firing('sluice-job-failed')).toEqual([])
  })

  test('records were lost, for an hour', async () => {
    await scene.at('10:00:00')
    await scene.store('ecommerce_purchases', order('10:00:00', 1))
    expect(await scene.firing('sluice-incident')).toEqual([])
    await scene.owner.query('select ops.report_lost_records($1, 1::smallint, 0, 2, 1, 5)', [
      await scene.sourceId('ecommerce-purchases'),
    ])
    const lost = { topic: 'ecommerce-purchases', kind: 'lost_records' }
    expect(await scene.firing('sluice-incident')).toEqual([lost])
    await scene.at('10:59:00')
    expect(await scene.firing('sluice-incident')).toEqual([lost])
    await scene.at('11:01:00')
    expect(await scene.firing('sluice-incident')).toEqual([])
  })

  test('an incident is open, for as long as it is', async () => {
    await scene.at('10:00:00')
    await scene.store('ecommerce_purchases', order('10:00:00', 1))
    const id = await scene.sourceId('ecommerce-purchases')
    await scene.owner.query(
      `select ops.add_file_incident($1, 1::smallint, 0, 'file_lost', 'Gone')`,
      [id],
    )
    await scene.at('15:00:00')
    expect(await scene.firing('sluice-incident')).toEqual([
      { topic: 'ecommerce-purchases', kind: 'file_lost' },
    ])
    await scene.at('10:00:30')
    await scene.owner.query('select ops.resolve_file_incidents($1, 1::smallint, 0)', [id])
    await scene.at('15:00:00')
    expect(await scene.firing('sluice-incident')).toEqual([])
  })

  test('nothing comes any more, until something does', async () => {
    await scene.at('10:00:00')
    await scene.store('ecommerce_purchases', order('10:00:00', 1))
    await scene.store('ecommerce_products', { at: '10:00:00', payload: { product_id: 'p1' } })
    await scene.at('10:09:00')
    expect(await scene.firing('sluice-source-silent')).toEqual([])
    await scene.at('10:11:00')
    // The catalogue, which only an entity reads, may rest.
    expect(await scene.firing('sluice-source-silent')).toEqual([{ topic: 'ecommerce-purchases' }])
    await scene.store('ecommerce_purchases', order('10:11:00', 2))
    expect(await scene.firing('sluice-source-silent')).toEqual([])
  })

  test('a source has stopped, until it is reset', async () => {
    const source = { problem: 'source stopped', subject: 'ecommerce-purchases' }
    expect(await scene.firing('sluice-health-error')).toEqual([])
    await scene.owner.query('select ops.stop_source($1, 1::smallint, 0, 10, 5)', [
      await scene.sourceId(source.subject),
    ])
    expect(await scene.firing('sluice-health-error')).toEqual([source])
    await scene.owner.query('select ops.reset_source($1)', [source.subject])
    expect(await scene.firing('sluice-health-error')).toEqual([])
  })

  test('orders drop within ten minutes, until they come again', async () => {
    // three a minute, the first at 9:00
    const orders = (from: number, to: number) =>
      Array.from({ length: 3 * (to - from) }, (_, index) => {
        const at = new Date(32_400_000 + from * 60_000 + index * 20_000)
        return order(at.toISOString().slice(11, 19), 1000 * from + index)
      })
    await scene.at('10:20:30')
    await scene.store('ecommerce_purchases', ...orders(0, 80))
    await scene.tick()
    expect(await scene.firing('sluice-sales-drop')).toEqual([])
    await scene.at('10:30:30')
    expect(await scene.firing('sluice-sales-drop')).toEqual([{}])
    await scene.store('ecommerce_purchases', ...orders(80, 90))
    await scene.tick()
    expect(await scene.firing('sluice-sales-drop')).toEqual([])
  })

  test('orders drop, but not where there were too few to tell', async () => {
    await scene.at('10:30:30')
    await scene.store('ecommerce_purchases', order('10:00:00', 1), order('10:05:00', 2))
    await scene.tick()
    const { state, instances } = await scene.evaluate('sluice-sales-drop')
    expect({ state, instances }).toEqual({ state: 'normal', instances: [] })
  })

  test('traffic is unlike the hours before, until it is like them', async () => {
    // two to four events a minute, by the hour
    const usual = (from: number, to: number) =>
      minutes(from, to).flatMap((at, index) => clicks(at, 2 + (Math.floor(index / 60) % 3)))
    await scene.at('10:04:30')
    await scene.store('clickstream', ...usual(0, 304))
    await scene.tick()
    expect(await scene.firing('sluice-unusual-traffic')).toEqual([])
    await scene.at('10:09:30')
    await scene.store('clickstream', ...minutes(304, 309).flatMap((at) => clicks(at, 40)))
    await scene.tick()
    expect(await scene.firing('sluice-unusual-traffic')).toEqual([{}])
    await scene.at('10:15:30')
    await scene.store('clickstream', ...usual(309, 315))
    await scene.tick()
    expect(await scene.firing('sluice-unusual-traffic')).toEqual([])
  })
})

/** Times of day a minute apart, counted from 5:00. */
const minutes = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) =>
    new Date(18_000_000 + (from + index) * 60_000).toISOString().slice(11, 19),
  )

const clicks = (at: string, count: number) =>
  Array.from({ length: count }, () => ({
    at,
    payload: {
      event_id: crypto.randomUUID(),
      user_id: 'u1',
      session_id: '00000000-0000-4000-8000-000000000001',
      event_type: 'page_view',
      page_url: 'https://shop.example/',
      event_time: timeOf(at),
    },
  }))

describe('a rule', () => {
  test.each([...alertRules.values()].map((rule) => [rule.title, rule] as const))(
    '"%s" answers on a database without events, and does not fire',
    async (_, { uid }) => {
      await scene.owner.query('select ops.run_job(job_name) from ops.jobs')
      expect(await scene.firing(uid)).toEqual([])
    },
  )
})
