import { beforeAll, expect, test } from 'vitest'
import { storeEvents, tick, type Event } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

/** 300 users with 60 events each, a minute apart for all. */
const users = 300
const perUser = 60
const start = Date.UTC(2026, 2, 1)
const at = (minute: number) => new Date(start + minute * 60_000).toISOString()

const event = (id: number, user: number, minute: number): Event => ({
  payload: { id, user: `u${user}`, amount: id % 17, at: at(minute) },
})

let project: Project
beforeAll(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- key: id
-- time: sold_at
select
  (payload ->> 'id')::int as id,
  payload ->> 'user' as user_id,
  (payload ->> 'amount')::int as amount,
  (payload ->> 'at')::timestamptz as sold_at
from bronze.sales
`,
  })
  await project.apply()
  const events = Array.from({ length: users * perUser }, (_, n) =>
    event(n, n % users, Math.floor(n / users) * 60),
  )
  await storeEvents(project.owner, 'sales', events)
  await tick(project.owner)
})

const models: Record<string, string> = {
  'by user': `-- grain: user_id
select user_id, percentile_disc(0.5) within group (order by amount) as middle
from silver.sales
group by user_id
`,
  'by the hour': `-- grain: hour_at
select date_trunc('hour', sold_at) as hour_at, percentile_disc(0.5) within group (order by amount) as middle
from silver.sales
group by 1
`,
  'by user and day': `-- grain: day_at, user_id
select date_trunc('day', sold_at) as day_at, user_id, array_agg(amount order by sold_at, id) as amounts
from silver.sales
group by 1, 2
`,
  'by sale': `-- grain: id
select id, array_agg(amount order by amount) as amounts
from silver.sales
group by id
`,
  'sessions with reach': `-- grain: user_id, started_at
-- reach: 30 minutes
-- scope: user_id
with gaps as (
  select
    user_id,
    sold_at,
    case
      when sold_at - lag(sold_at) over (partition by user_id order by sold_at, id) < interval '30 minutes' then 0
      else 1
    end as is_new
  from silver.sales
),
numbered as (
  select user_id, sold_at, sum(is_new) over (partition by user_id order by sold_at) as session_no
  from gaps
)
select user_id, min(sold_at) as started_at, max(sold_at) as ended_at, count(*) as sales
from numbered
group by user_id, session_no
`,
}
/** Rows that may be read for one new event: those of its part twice over, and some of the search for it. */
const most: Record<string, number> = {
  'by user': 2 * perUser + 50,
  'by the hour': 2 * users + 50,
  'by user and day': 2 * perUser + 50,
  'by sale': 5,
  'sessions with reach': 50,
}

let nextId = users * perUser

/** Writes the model, has it take all there is, ticks once for the events, and says how many rows that read. */
async function readFor(name: string, tables: string, events: Event[]): Promise<number> {
  const object = name.replaceAll(' ', '_')
  project.write({
    [`shop/gold/${object}.sql`]: `-- Sales ${name}.\n-- kind: incremental\n${models[name]!}`,
  })
  await project.apply()
  await tick(project.owner)
  await project.rows('analyze')
  await storeEvents(project.owner, 'sales', events)

  // the server counts per session, until it has told others
  await project.rows('begin')
  const before = await rowsRead(tables)
  await project.rows('select ops.tick()')
  const read = (await rowsRead(tables)) - before
  await project.rows('commit')
  project.write({ [`shop/gold/${object}.sql`]: null })
  await project.apply({ prune: true })
  return read
}

const newEvent = (user: number): Event => event((nextId += 1), user, 30 * 60)

test.each(Object.keys(models))(
  'a new event makes a model %s read no more than its part',
  async (name) => {
    const read = await readFor(name, 'silver_sales_v1', [newEvent(7)])
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThanOrEqual(most[name]!)
  },
)

/** Where parts are many, looking at all that is stored would be one plan for the server: it grows with history. */
test.each([
  ['by user', 40],
  ['by sale', 500],
  ['sessions with reach', 40],
])(
  'new events of many parts make a model %s read no more than these parts',
  async (name, touched) => {
    const events = Array.from({ length: touched }, (_, user) => newEvent(user))
    const read = await readFor(
      name,
      `(silver_sales|gold_${name.replaceAll(' ', '_')})_v[0-9]+`,
      events,
    )
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThanOrEqual(touched * most[name]!)
  },
)

async function rowsRead(tables: string): Promise<number> {
  const [read] = await project.rows<{ rows: string }>(
    `select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) as rows
    from pg_stat_xact_all_tables
    where schemaname = 'store' and relname ~ '^${tables}'`,
  )
  return Number(read!.rows)
}
