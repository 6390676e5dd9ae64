import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { exampleViews } from '../cli/viewFolders.ts'
import type { Topic } from '../generator/domain.ts'
import type { GeneratedEvent } from '../generator/generate.ts'
import { generate, generateOptions, topics } from '../generator/index.ts'
import { applyModels } from '../models/apply.ts'
import { partitionCount, shopEvent } from './shopEvents.ts'

/** Events that are sent in order, and how to see them come. */
export interface Trial {
  topics: readonly Topic[]
  event: (n: number) => GeneratedEvent
  /** How many of the events can be seen. */
  visible: number
  /** Which of them can be seen that could not before. */
  look: (dueUntilNow: number) => Promise<number[]>
}

interface Load {
  /** Of the generator; the models of these are kept. */
  domains: string[]
  count: number
  /** Events per second. */
  rate: number
}

/** Every event is looked for, by its offset; how many it is says the event itself. */
export async function bronzeTrial(
  owner: pg.Client,
  reader: pg.Client,
  { count }: Load,
): Promise<Trial> {
  const topic = 'events'
  await owner.query('select ops.add_source($1)', [topic])
  // by the index, whatever the planner thinks of a table that has just begun to fill
  for (const way of ['seqscan', 'hashjoin', 'mergejoin']) {
    await reader.query(`set enable_${way} = off`)
  }
  const offsets = Array<number>(partitionCount).fill(-1)
  return {
    topics: [{ topic, partitions: partitionCount, isCompacted: false }],
    visible: count,
    event: (n) => ({ topic, ...shopEvent(n), at: 0, due: 0, isBroken: false }),
    async look() {
      const { rows } = await reader.query<{ partition: number; last: string; event: number }>({
        name: 'look',
        text: `
          select partition, kafka_offset as last, right(payload ->> 'event_id', 12)::int as event
          from unnest($1::bigint[]) with ordinality as seen (seen_offset, number)
          cross join lateral (select (number - 1)::int as partition) as partitions
          join bronze.events on kafka_partition = partition and kafka_offset > seen_offset`,
        values: [offsets],
      })
      for (const { partition, last } of rows) {
        offsets[partition] = Math.max(offsets[partition]!, Number(last))
      }
      return rows.map(({ event }) => event)
    },
  }
}

/** Of those that are looked for in gold: one in so many events. */
const every = 50

/** Events as the shop, or more of the company, makes them; among them views of products that are viewed only once. */
export async function goldTrial(
  owner: pg.Client,
  reader: pg.Client,
  { domains, count, rate }: Load,
): Promise<Trial> {
  await applyModels(owner, {
    folders: exampleViews(domains),
    planOnly: false,
    prune: false,
    opsOnly: false,
  })
  const options = generateOptions({ domains, start: Date.now(), rate, rhythm: false })
  const events = generate(options)
  const awaited = new Set<number>()
  const next = () => events.next().value as GeneratedEvent
  let asked = 0
  return {
    topics: domains.flatMap((domain) => topics[domain]!),
    visible: Math.ceil(count / every),
    event: (n) => (n % every === 0 ? viewOf(n) : next()),
    async look(dueUntilNow) {
      for (; asked < dueUntilNow; asked += every) awaited.add(asked)
      const { rows } = await reader.query<{ product_id: string }>({
        name: 'look',
        text: 'select product_id from gold.product_views where product_id = any ($1)',
        values: [[...awaited].map(productOf)],
      })
      const found = rows.map((row) => Number(row.product_id.slice(productOf('').length)))
      for (const n of found) awaited.delete(n)
      return found
    },
  }
}

const productOf = (n: number | string) => `probe-${n}`

function viewOf(n: number): GeneratedEvent {
  const view = {
    event_id: randomUUID(),
    user_id: `u-${n % 1_000}`,
    session_id: randomUUID(),
    product_id: productOf(n),
    page_type: 'product',
    view_duration_s: 1.5,
    device: 'mobile',
    event_time: new Date().toISOString(),
  }
  const [topic, key, value] = ['ecommerce-page-views', view.user_id, JSON.stringify(view)]
  return { topic, key, value, at: 0, due: 0, isBroken: false }
}
