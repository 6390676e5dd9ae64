// Windows over rows that tie in their order.
import { expect, test } from 'vitest'
import { complaints } from './complaints.ts'
import { newLab, wrongAfter, type Models } from './oneByOne.ts'
import { fileOf, files, problemAt } from './tableFiles.ts'

const complaintOf = complaints()

test.each([
  ['string_agg', `string_agg(shop, ' ')`, 'order by amount'],
  ['array_agg', 'array_agg(at)', `order by at range interval '1 hour' preceding`],
  ['first_value', 'first_value(at)', 'order by amount groups 1 preceding'],
  [
    'first_value',
    'first_value(at)',
    'order by amount range between current row and unbounded following',
  ],
  [
    'first_value',
    'first_value(at)',
    'order by amount range between unbounded preceding and current row exclude current row',
  ],
  [
    'last_value',
    'last_value(at)',
    'order by amount rows between unbounded preceding and unbounded following exclude group',
  ],
  ['sum', 'sum(amount)', 'order by amount rows between 1 preceding and 1 following exclude ties'],
])('%s is refused where ties decide what its frame has: %s over %s', async (name, call, order) => {
  const select = `select shop, at, ${call} over (partition by shop ${order}) as value from silver.sales`
  expect(await complaintOf({ ...files, ...fileOf('incremental', 'grain: shop, at', select) })).toBe(
    problemAt(
      'gold',
      select,
      call,
      `This can't be kept exact from new rows alone: ${name} of rows that tie: give it a frame in rows that excludes no ties`,
      'Behind its order by: rows between unbounded preceding and current row. Or make it a view or a materialized view.',
    ),
  )
})

const over = (call: string, frame: string): [string, string] => [
  '-- grain: id, at\n-- scope: shop',
  `select id, at, shop, ${call} over (partition by shop order by at${frame}) as value from silver.sales`,
]

const models: Models = {
  ranks: over('rank()', ' rows between 1 preceding and current row'),
  shares: over('cume_dist()', ' rows unbounded preceding'),
  totals: over('sum(amount)', ` range between interval '1 hour' preceding and current row`),
  others: over(
    'sum(amount)',
    ' rows between unbounded preceding and unbounded following exclude ties',
  ),
  places: [
    '-- grain: id, at\n-- scope: shop',
    `select id, at, shop, row_number() over (partition by shop order by at, id groups 1 preceding) as place, lag(id) over (partition by shop order by at desc, id) as next, sum(amount) over (partition by shop order by at groups 1 preceding) as value from silver.sales`,
  ],
}

test('ranks and sums count rows that tie as the select says', async () => {
  const project = await newLab(
    models,
    {
      sales: `select payload ->> 'id' as id, payload ->> 'shop' as shop, (payload ->> 'amount')::int as amount, (payload ->> 'at')::timestamptz as at from bronze.sales`,
    },
    [],
  )
  const events = ['10:00', '10:00', '09:30', '10:00', '11:00', '09:30'].map((hour, id) => ({
    table: 'sales',
    payload: { id: `s${id}`, shop: 'paris', amount: 2 ** id, at: `2026-03-01T${hour}:00Z` },
    at: `2026-03-01T12:0${id}:00Z`,
  }))
  expect(await wrongAfter(project, models, events)).toEqual([])
})
