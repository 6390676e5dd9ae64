import fc from 'fast-check'
import { storeEvents, tick, type Event } from './bronzeRows.ts'
import type { Project } from './project.ts'

/** Event models, by name. */
const eventModels: Record<string, string> = {
  sales: `-- Sales.
-- kind: event
-- time: at
select
  (payload ->> 'id')::int as id,
  payload ->> 'shop' as shop,
  payload ->> 'city' as city,
  payload ->> 'name' as name,
  (payload ->> 'units')::int as units,
  (payload ->> 'points')::bigint as points,
  (payload ->> 'small')::smallint as small,
  (payload ->> 'weight')::float8 as weight,
  (payload ->> 'amount')::numeric as amount,
  (payload ->> 'price')::numeric(12, 2) as price,
  (payload ->> 'took')::interval as took,
  (payload ->> 'day')::date as on_day,
  (payload ->> 'paid')::boolean as is_paid,
  case when payload ? 'tags' then array(select jsonb_array_elements_text(payload -> 'tags')) end as tags,
  payload -> 'parts' as parts,
  kafka_at as at
from bronze.sales
`,
  returns: `-- Returns.
-- kind: event
-- time: at
select (payload ->> 'id')::int as id, payload ->> 'shop' as shop, (payload ->> 'amount')::numeric as amount, kafka_at as at
from bronze.returns
`,
}

const mostly = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 6, nil: undefined })
const amount = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -5_000, max: 5_000 }).map((cents) => cents / 100) },
  fc.constantFrom('1e30', '-1e30', '0.000000000000000000001', '1.00', '1.0', '0'),
)
const sale = fc.record({
  shop: mostly(fc.constantFrom('a', 'b', 'c', '', 'Ω')),
  city: mostly(fc.constantFrom('paris', 'london', 'ürümqi')),
  name: mostly(fc.constantFrom('ann', 'Ann', 'bob', '', '日本', '🫖', 'zoë')),
  units: mostly(fc.integer({ min: -3, max: 5 })),
  points: mostly(fc.constantFrom(0, 1, '9223372036854775807', '-9223372036854775808')),
  small: mostly(fc.constantFrom(1, 2, 32767, -32768)),
  weight: mostly(fc.constantFrom(0.1, 0.2, 1e300, -1e-300, 'NaN', 'Infinity')),
  amount: mostly(amount),
  price: mostly(fc.integer({ min: 0, max: 100_000 }).map((cents) => cents / 100)),
  took: mostly(
    fc.constantFrom('1 second', '24 hours', '1 day', '1 month -3 days', '-00:00:00.000001'),
  ),
  day: mostly(fc.constantFrom('2026-03-01', '2024-02-29', '0044-03-15 BC')),
  paid: mostly(fc.boolean()),
  tags: mostly(fc.array(fc.constantFrom('x', 'y', null), { maxLength: 3 })),
  parts: fc.array(fc.record({ sku: mostly(fc.constantFrom('p', 'q')), n: mostly(fc.nat(9)) }), {
    maxLength: 3,
  }),
})
const event = fc.record({
  table: fc.constantFrom('sales', 'sales', 'sales', 'returns'),
  minute: fc.integer({ min: 0, max: 60 * 24 * 3 }),
  partition: fc.integer({ min: 0, max: 1 }),
  payload: sale,
})
const ticks = fc.array(fc.array(event, { minLength: 5, maxLength: 80, size: 'max' }), {
  minLength: 5,
  maxLength: 5,
})
/** Five ticks of events, each the same for the same seed: a failure prints just that. */
export const ticksOf = (seed: number) => fc.sample(ticks, { numRuns: 1, seed })[0]!

export type SalesEvent = typeof event extends fc.Arbitrary<infer Value> ? Value : never

let lastId = 0

/** Stores sales and returns as batches of both partitions, and ticks. */
export async function storeAndTick({ owner }: Project, events: SalesEvent[]): Promise<void> {
  for (const table of ['sales', 'returns']) {
    const given = events.filter((one) => one.table === table)
    await storeEvents(
      owner,
      table,
      given.map(({ minute, partition, payload }): Event => {
        const at = new Date(Date.parse('2026-02-27T22:30:00Z') + minute * 60_000).toISOString()
        lastId += 1
        return { at, partition, payload: { id: lastId, ...payload } }
      }),
    )
  }
  await tick(owner)
}

/** The files of sources, event models and incremental models. */
export function salesFiles(models: Record<string, string>): Record<string, string> {
  const files = Object.entries(models).map(([name, text]) => [`shop/gold/${name}.sql`, text])
  const events = Object.entries(eventModels).map(([name, text]) => [
    `shop/silver/${name}.sql`,
    text,
  ])
  return {
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\nselect ops.add_source('returns');\n`,
    ...(Object.fromEntries([...files, ...events]) as Record<string, string>),
  }
}
