// What reach can't bound.
import { expect, test } from 'vitest'
import { complaints } from './complaints.ts'
import { fileOf, files } from './tableFiles.ts'

const complaintOf = complaints()

const sessions = (outputs: string, filter = '') => `with gaps as (
  select shop, at, amount,
    case when at - lag(at) over (partition by shop order by at) < interval '30 minutes' then 0 else 1 end as is_first
  from silver.sales
),
numbered as (select *, sum(is_first) over (partition by shop order by at) as session_no from gaps)
select shop, min(at) as started_at, max(at) as ended_at, ${outputs}
from numbered${filter}
group by shop, session_no`

const span = 'min(sales.at) as started_at, max(sales.at) as ended_at'
const joined = (times: string) => `select sales.shop, ${times}, count(other.at) as n
from silver.sales
left join silver.sales as other on other.shop = sales.shop
  and other.at between sales.at - interval '20 minutes' and sales.at
group by sales.shop, sales.at`

const complaintAbout = (select: string) =>
  complaintOf({
    ...files,
    ...fileOf(
      'incremental',
      'grain: shop, started_at\n-- scope: shop\n-- reach: 30 minutes',
      select,
    ),
  })

test.each([
  [
    'the place of a session among all',
    sessions('rank() over (partition by shop order by min(at)) as place'),
    'a window looks at all of them',
  ],
  [
    'the number of a session',
    sessions('session_no + 1 as session_no'),
    'a window looks at all of them',
  ],
  [
    'a filter behind the numbering',
    sessions('count(*) as n', ' where amount > 1'),
    'a filter above a window hides some',
  ],
  [
    'the times of one table of a join',
    joined(span),
    'of joined ones min(least(…)) and max(greatest(…))',
  ],
  [
    'whichever time there is of a join',
    joined(span.replace('min(sales.at)', 'min(coalesce(other.at, sales.at))')),
    'of joined ones min(least(…)) and max(greatest(…))',
  ],
  [
    'the last time for the first',
    joined(span.replace('min(sales.at)', 'min(greatest(sales.at, other.at))')),
    'of joined ones min(least(…)) and max(greatest(…))',
  ],
])('a model with reach is refused for %s', async (_, select, reason) => {
  expect(await complaintAbout(select)).toContain(reason)
})

test('a model with reach may count what a window tells of neighbours, and tell the times of a join', async () => {
  const complaint = await complaintOf({
    ...files,
    ...fileOf(
      'incremental',
      'grain: shop, started_at\n-- scope: shop\n-- reach: 30 minutes',
      sessions('count(*) filter (where is_first = 1) as firsts'),
    ),
    'shop/gold/y.sql': `-- Y.\n-- kind: incremental\n-- grain: shop, started_at\n-- scope: shop\n-- reach: 30 minutes\n${joined(
      'min(least(sales.at, other.at)) as started_at, max(greatest(sales.at, other.at)) as ended_at',
    )}\n`,
    'shop/gold/z.sql': '-- Z.\n-- kind: view\nselect nothing',
  })
  expect(complaint).toContain('column "nothing" does not exist')
  expect(complaint).toContain('1 problem;')
})
