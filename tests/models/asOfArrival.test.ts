import { beforeEach, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { storeEvents, tick as tickAll } from './bronzeRows.ts'
import { storeMany } from './manyRows.ts'
import { newProject, type Project } from './project.ts'

const files = {
  'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\nselect ops.add_source('products');\n`,
  'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- key: id
-- time: sold_at
select (payload ->> 'id')::int as id, payload ->> 'product' as product_id, kafka_at as sold_at
from bronze.sales
`,
  'shop/silver/products.sql': `-- Products.
-- kind: entity
-- key: product_id
select payload ->> 'product' as product_id, payload ->> 'category' as category
from bronze.products
`,
}

const counted = (join: string, header = '-- entities: as of arrival\n') => `-- Sales per category.
-- kind: incremental
-- grain: category
${header}select products.category, count(*) as sales
from silver.sales
${join} silver.products using (product_id)
group by products.category
`

let project: Project
beforeEach(async () => {
  project = await newProject(files)
})

const tick = () => tickAll(project.owner)
const sale = (id: number) => ({ payload: { id, product: 'p1' } })
const inCategory = (category: string, at: string) => ({ at, payload: { product: 'p1', category } })
const sales = () => project.rows('select category, sales from gold.sales order by category')

test('an entity counts as it was when the event arrived', async () => {
  project.write({ 'shop/gold/sales.sql': counted('left join') })
  await project.apply()
  await storeEvents(project.owner, 'sales', [sale(1)])
  await tick()
  await storeEvents(project.owner, 'products', [inCategory('old', '2026-03-01T10:00:00Z')])
  await tick()
  await storeEvents(project.owner, 'sales', [sale(2), sale(3)])
  await tick()
  await storeEvents(project.owner, 'products', [inCategory('new', '2026-03-01T11:00:00Z')])
  await tick()
  await storeEvents(project.owner, 'sales', [sale(4)])
  await tick()
  expect(await sales()).toEqual([
    { category: 'new', sales: '1' },
    { category: 'old', sales: '2' },
    { category: null, sales: '1' },
  ])
})

test('verify says that such a model is not compared', async () => {
  project.write({ 'shop/gold/sales.sql': counted('left join') })
  await project.apply()
  expect(await verifyModels(project.owner, ['gold.sales'])).toEqual([
    {
      model: 'gold.sales',
      kind: 'incremental',
      outcome: 'not compared',
      message: 'it joins entities as they were on arrival, which is gone',
    },
  ])
})

test('without the header an entity is refused, with what to do instead', async () => {
  project.write({ 'shop/gold/sales.sql': counted('left join', '') })
  expect(await project.complaint()).toContain(
    'An incremental model reads event models; silver.products is of kind entity',
  )
})

test('an inner join is refused: it would lose the events that come before their entity', async () => {
  project.write({ 'shop/gold/sales.sql': counted('join') })
  expect(await project.complaint()).toContain(
    'shop/gold/sales.sql:7:6: An entity as of arrival is left joined',
  )
})

test('an entity that is new is there before what takes it from history', async () => {
  await project.apply()
  const renamed = { 'shop/silver/wares.sql': files['shop/silver/products.sql'] }
  await storeEvents(project.owner, 'products', [inCategory('old', '2026-03-01T10:00:00Z')])
  await storeEvents(project.owner, 'sales', [sale(1), sale(2)])
  await tick()
  // one more than a tick lets in at once
  const payload = `jsonb_build_object('product', 'q' || n, 'category', 'other')`
  await storeMany(project.owner, 'products', { batches: 1, rows: 50_001, payload })
  await tick()
  const reading = counted('left join').replaceAll('products', 'wares')
  project.write({ ...renamed, 'shop/gold/sales.sql': reading })
  await project.apply()
  await tick()
  while ((await project.rows('select ops.catch_up() as model'))[0]!.model !== null);
  await tick()
  expect(await sales()).toEqual([{ category: 'old', sales: '2' }])

  // the model changes together with an entity that is new again
  project.write({
    'shop/silver/goods.sql': files['shop/silver/products.sql'],
    'shop/gold/sales.sql': reading.replaceAll('wares', 'goods'),
  })
  await project.apply()
  while ((await project.rows('select ops.catch_up() as model'))[0]!.model !== null);
  await tick()
  expect(await sales()).toEqual([{ category: 'old', sales: '2' }])
})

const wares = { 'shop/silver/wares.sql': files['shop/silver/products.sql'] }
const withWares = { 'shop/gold/sales.sql': counted('left join').replaceAll('products', 'wares') }

test('a changed model is filled from an entity that is new, within the apply', async () => {
  project.write({ 'shop/gold/sales.sql': counted('left join') })
  await project.apply()
  await storeEvents(project.owner, 'products', [inCategory('old', '2026-03-01T10:00:00Z')])
  await tick()
  await storeEvents(project.owner, 'sales', [sale(1), sale(2)])
  await tick()
  project.write({ ...wares, ...withWares })
  await project.apply()
  expect(await sales()).toEqual([{ category: 'old', sales: '2' }])
  await storeEvents(project.owner, 'sales', [sale(3)])
  await tick()
  expect(await sales()).toEqual([{ category: 'old', sales: '3' }])
})

/** Has every row that comes into a table fail, by an error that is no event's fault; until `allow`. */
const refuse = (table: string) =>
  project.rows(
    `create function store.refuse() returns trigger language plpgsql
      as $$ begin raise exception 'not today' using errcode = 'P0002'; end $$;
    create trigger refuse before insert on ${table} for each row execute function store.refuse()`,
  )
const allow = () => project.rows('drop function store.refuse cascade')
const retry = () => project.rows('update ops.model_states set retry_at = null')

test('a new entity that fails is waited for, and ops.health says so after a minute', async () => {
  await project.apply()
  await storeEvents(project.owner, 'products', [inCategory('old', '2026-03-01T10:00:00Z')])
  await storeEvents(project.owner, 'sales', [sale(1), sale(2)])
  await tick()
  project.write({ ...wares, ...withWares })
  await project.apply()
  await refuse('store.silver_wares_v1')
  await tick()
  await tick()
  expect(await sales()).toEqual([])
  const waits = `select severity, subject, message from ops.health where problem = 'model waits'`
  expect(await project.rows(waits)).toEqual([])
  await project.rows(
    `select set_config('sluice.now', (clock_timestamp() + interval '61 seconds')::text, false)`,
  )
  expect(await project.rows(waits)).toEqual([
    {
      severity: 'warning',
      subject: 'gold.sales',
      message:
        'It takes entities as of arrival, and these have never been level: silver.wares: not today (P0002)',
    },
  ])
  await allow()
  await retry()
  await tick()
  expect(await sales()).toEqual([{ category: 'old', sales: '2' }])
  expect(await project.rows(waits)).toEqual([])
})

test('a changed model whose new entity fails is refused, and stays as it was', async () => {
  project.write({ 'shop/gold/sales.sql': counted('left join') })
  await project.apply()
  await storeEvents(project.owner, 'products', [inCategory('old', '2026-03-01T10:00:00Z')])
  await tick()
  await storeEvents(project.owner, 'sales', [sale(1)])
  await tick()
  project.write(wares)
  await project.apply()
  await refuse('store.silver_wares_v1')
  await tick()
  project.write(withWares)
  expect(await project.complaint()).toContain(
    `shop/gold/sales.sql:5:1: silver.wares, which it takes as of arrival, can't be filled from what is stored: not today (P0002)`,
  )
  expect(await sales()).toEqual([{ category: 'old', sales: '1' }])
  await allow()
  await project.apply()
  expect(await sales()).toEqual([{ category: 'old', sales: '1' }])
  expect(
    await project.rows('select model, error from ops.stored_models where error is not null'),
  ).toEqual([])
})

test('an entity that was level and failed since is not waited for', async () => {
  await project.apply()
  await storeEvents(project.owner, 'products', [inCategory('old', '2026-03-01T10:00:00Z')])
  await storeEvents(project.owner, 'sales', [sale(1)])
  await tick()
  await refuse('store.silver_products_v1')
  await storeEvents(project.owner, 'products', [inCategory('new', '2026-03-01T11:00:00Z')])
  await tick()
  project.write({ 'shop/gold/sales.sql': counted('left join') })
  await project.apply()
  await tick()
  expect(await sales()).toEqual([{ category: 'old', sales: '1' }])
})
