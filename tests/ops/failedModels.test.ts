import { expect, test } from 'vitest'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { newProject } from '../models/project.ts'

test('of a model that failed the health says which rows are alike, or where a bad value belongs', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- time: at
select payload ->> 'shop' as shop, payload ->> 'city' as city, payload ->> 'zone' as zone, kafka_at as at from bronze.sales
`,
    'shop/gold/by_shop.sql': `-- Sales of shops, which are in several cities.
-- kind: incremental
-- grain: shop
select shop, city, count(*) as sales from silver.sales group by shop, city
`,
    'shop/gold/by_hour.sql': `-- Sales by local hour.
-- kind: incremental
-- grain: hour_at
select date_trunc('hour', at at time zone zone) as hour_at, count(*) as sales from silver.sales group by 1
`,
  })
  await project.apply()
  await storeEvents(project.owner, 'sales', [
    { payload: { shop: 'a', city: 'Rome', zone: 'Europe/Rome' } },
    { payload: { shop: 'a', city: 'Oslo', zone: 'Mars/Olympus' } },
  ])
  await tick(project.owner)
  const problems = await project.rows<{ subject: string; message: string; mend: string }>(
    `select subject, message, mend from ops.health where problem = 'model failed' order by subject`,
  )
  const [byHour, byShop] = problems
  expect(byShop!.subject).toBe('gold.by_shop')
  expect(byShop!.message).toBe(
    'Its grain does not tell its rows apart: several have the same shop (23505)',
  )
  expect(byShop!.mend).not.toContain('dead letter')
  expect(byHour!.subject).toBe('gold.by_hour')
  expect(byHour!.message).toBe('time zone "Mars/Olympus" not recognized (22023)')
  expect(byHour!.mend).toContain(
    'What a single event may get wrong is parsed in its event model, where that event alone becomes a dead letter.',
  )
})
