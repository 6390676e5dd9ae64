import { beforeEach, expect, test } from 'vitest'
import { storeEvents, tick as tickAll } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const routine = (reads: string, body: string) => `-- Totals by hand.
-- kind: routine
-- reads: ${reads}
create or replace function gold.total_sales(p_from bigint, p_to bigint)
returns void
language sql volatile
as $$ ${body} $$;
`
const adding = `
  insert into gold.hand_made (shop, total)
  select shop, sum(amount)
  from store.silver_sales_v1
  where slice_no between p_from and p_to
  group by shop
  on conflict (shop) do update set total = hand_made.total + excluded.total`

let project: Project
beforeEach(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- time: sold_at
select payload ->> 'shop' as shop, (payload ->> 'amount')::int as amount, kafka_at as sold_at
from bronze.sales
`,
    'shop/gold/total_sales.sql': routine('silver.sales', adding),
  })
  await project.rows('create table gold.hand_made (shop text primary key, total bigint)')
})

const sell = async (shop: string, ...amounts: number[]) => {
  const events = amounts.map((amount) => ({ payload: { shop, amount } }))
  await storeEvents(project.owner, 'sales', events)
  await tickAll(project.owner)
}
const totals = () => project.rows('select shop, total from gold.hand_made order by shop')

test('its function is called for each slice once', async () => {
  await project.apply()
  await sell('paris', 1, 2)
  await sell('rome', 5)
  await sell('paris', 4)
  await tickAll(project.owner)
  expect(await totals()).toEqual([
    { shop: 'paris', total: '7' },
    { shop: 'rome', total: '5' },
  ])
})

test('a changed function goes on where the old one was', async () => {
  await project.apply()
  await sell('paris', 1)
  const doubled = adding.replace('sum(amount)', 'sum(amount) * 2')
  project.write({ 'shop/gold/total_sales.sql': routine('silver.sales', doubled) })
  await project.apply()
  await sell('paris', 10)
  expect(await totals()).toEqual([{ shop: 'paris', total: '21' }])
})

test('one that fails is detached alone, with its error, and catches up when it is mended', async () => {
  project.write({ 'shop/gold/total_sales.sql': routine('silver.sales', 'select 1 / 0') })
  await project.apply()
  await sell('paris', 1)
  expect(await project.rows(`select model, error from ops.models where error is not null`)).toEqual(
    [{ model: 'gold.total_sales', error: 'division by zero (22012)' }],
  )
  project.write({ 'shop/gold/total_sales.sql': routine('silver.sales', adding) })
  await project.apply()
  await project.rows('update ops.model_states set retry_at = null')
  await sell('paris', 2)
  expect(await totals()).toEqual([{ shop: 'paris', total: '3' }])
})

test('a file without that function is refused', async () => {
  const other = routine('silver.sales', adding).replace('p_from bigint, p_to bigint', 'p_from int')
  project.write({ 'shop/gold/total_sales.sql': other.replaceAll('p_to', 'p_from') })
  expect(await project.complaint()).toContain(
    'The file makes no function gold.total_sales(p_from bigint, p_to bigint)',
  )
})

test('what is read is one event model', async () => {
  project.write({ 'shop/gold/total_sales.sql': routine('silver.nothing', adding) })
  expect(await project.complaint()).toContain(
    'A routine reads one event model; "silver.nothing" is none',
  )
})
