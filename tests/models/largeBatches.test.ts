import { expect, test } from 'vitest'
import { storeEvents, tick } from './bronzeRows.ts'
import { storeMany } from './manyRows.ts'
import { newProject } from './project.ts'

/** So many that comparing each with each would take a minute, where taking them takes a second. */
const events = 40_000

const headers: Record<string, string> = {
  'with "unique: ever"': `-- key: id
-- unique: ever
-- time: sold_at
select (payload ->> 'id')::int as id, kafka_at as sold_at
from bronze.sales
`,
  'with several rows an event': `-- key: id, item_no
-- time: sold_at
select (payload ->> 'id')::int as id, items.item_no, kafka_at as sold_at
from bronze.sales
cross join lateral generate_series(1, 1) as items (item_no)
`,
}

test.each(Object.keys(headers))('a large batch of events %s is taken in one go', async (name) => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/sales.sql': `-- Sales.\n-- kind: event\n${headers[name]!}`,
  })
  await project.apply()
  await storeEvents(project.owner, 'sales', [{ payload: { id: -1 } }])
  const payload = `jsonb_build_object('id', n)`
  await storeMany(project.owner, 'sales', { batches: 1, rows: events, payload })
  await project.rows(`set statement_timeout = '30s'`)
  await tick(project.owner)
  expect(await project.rows('select count(*)::int as rows from silver.sales')).toEqual([
    { rows: events + 1 },
  ])
})
