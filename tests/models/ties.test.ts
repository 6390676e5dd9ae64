import { beforeEach, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { storeEvents, tick } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const event = (topic: string) => `-- Events of ${topic}.
-- kind: event
-- key: id
-- time: at
select
  payload ->> 'id' as id,
  payload ->> 'shop' as shop,
  (payload ->> 'amount')::int as amount,
  '2026-03-01T10:00:00Z'::timestamptz as at
from bronze.${topic}
`

let project: Project
beforeEach(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\nselect ops.add_source('returns');\n`,
    'shop/silver/sales.sql': event('sales'),
    'shop/silver/returns.sql': event('returns'),
  })
})

const sale = (id: string, partition: number) => ({
  partition,
  payload: { id, shop: 'paris', amount: 5 },
})

test('of events at the same time the one of the lower partition and offset is first, whenever it came', async () => {
  project.write({
    'shop/gold/first_sales.sql': `-- The first sale of each shop.
-- kind: incremental
-- grain: shop
select shop, id
from (
  select shop, id, row_number() over (partition by shop order by at) as place
  from silver.sales
) as ranked
where place = 1
`,
  })
  await project.apply()
  await storeEvents(project.owner, 'sales', [sale('second', 1), sale('third', 1)])
  await tick(project.owner)
  await storeEvents(project.owner, 'sales', [sale('first', 0)])
  await tick(project.owner)
  expect(await project.rows('select id from gold.first_sales')).toEqual([{ id: 'first' }])
  expect((await verifyModels(project.owner, ['gold.first_sales']))[0]!.outcome).toBe('equal')
})

test('a row that comes later takes away what an outer join gave for want of it', async () => {
  project.write({
    'shop/gold/kept_sales.sql': `-- Sales of each shop as long as nothing was returned there.
-- kind: incremental
-- grain: shop
select sales.shop, count(*) as sales
from silver.sales
left join silver.returns on returns.shop = sales.shop
where returns.amount is null
group by sales.shop
`,
  })
  await project.apply()
  await storeEvents(project.owner, 'sales', [sale('a', 0), sale('b', 0)])
  await tick(project.owner)
  expect(await project.rows('select shop, sales from gold.kept_sales')).toEqual([
    { shop: 'paris', sales: '2' },
  ])
  await storeEvents(project.owner, 'returns', [sale('c', 0)])
  await tick(project.owner)
  expect(await project.rows('select shop, sales from gold.kept_sales')).toEqual([])
})

test('rows of a union that tie are in the order of its sides, and within a side of their events', async () => {
  project.write({
    'shop/gold/journeys.sql': `-- What happened in each shop.
-- kind: incremental
-- grain: shop
select shop, string_agg(id, ' ' order by at) as ids
from (select shop, at, id from silver.sales union all select shop, at, id from silver.returns) as steps
group by shop
`,
  })
  await project.apply()
  await storeEvents(project.owner, 'returns', [sale('fourth', 1)])
  await tick(project.owner)
  await storeEvents(project.owner, 'sales', [sale('second', 1)])
  await tick(project.owner)
  await storeEvents(project.owner, 'returns', [sale('third', 0)])
  await storeEvents(project.owner, 'sales', [sale('first', 0)])
  await tick(project.owner)
  expect(await project.rows('select ids from gold.journeys')).toEqual([
    { ids: 'first second third fourth' },
  ])
  expect((await verifyModels(project.owner, ['gold.journeys']))[0]!.outcome).toBe('equal')
})
