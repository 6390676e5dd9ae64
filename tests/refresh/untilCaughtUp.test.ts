// What `sluice refresh --until-caught-up` ends with when not all of it can be done.
import { beforeEach, expect, test } from 'vitest'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'
import { sluice } from '../support/sluice.ts'

const products = `-- Products.
-- kind: entity
-- key: product
select payload ->> 'product' as product, payload ->> 'category' as category from bronze.products
`
const sales = (header: string, column: string, join = '') => `-- Sales.
-- kind: incremental
-- grain: ${column}
${header}select ${column}, count(*) as sales
from silver.sales
${join}group by ${column}
`

let project: Project
beforeEach(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\nselect ops.add_source('products');\n`,
    'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- time: sold_at
select payload ->> 'product' as product, kafka_at as sold_at from bronze.sales
`,
    'shop/gold/of_products.sql': sales('', 'product'),
  })
  await project.apply()
  await storeEvents(project.owner, 'sales', [{ payload: { product: 'p' } }])
  await storeEvents(project.owner, 'products', [{ payload: { product: 'p', category: 'c' } }])
})

/** Has every row that comes into a table fail, by an error that is no event's fault. */
const refuse = (table: string) =>
  project.rows(
    `create function store.refuse() returns trigger language plpgsql
      as $$ begin raise exception 'not today' using errcode = 'P0002'; end $$;
    create trigger refuse before insert on ${table} for each row execute function store.refuse()`,
  )
const refresh = () =>
  sluice(['refresh', '--until-caught-up'], { DATABASE_URL: project.database.url('sluice_refresh') })

test('a model that failed is told, and the exit code is 1', async () => {
  await refuse('store.gold_of_products_v1')
  const { code, stderr } = await refresh()
  expect(code).toBe(1)
  expect(stderr).toContain('  gold.of_products: not today (P0002)\n')
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(await project.rows('select count(*)::int as n from silver.sales')).toEqual([{ n: 1 }])
})

test('a model that waits for one that failed is not waited for', async () => {
  await tick(project.owner)
  const join = 'left join silver.products using (product)\n'
  project.write({
    'shop/silver/products.sql': products,
    'shop/gold/of_categories.sql': sales('-- entities: as of arrival\n', 'category', join),
  })
  await project.apply()
  await refuse('store.silver_products_v1')
  const { code, stderr } = await refresh()
  expect(code).toBe(1)
  expect(stderr).toContain('  silver.products: not today (P0002)\n')
})
