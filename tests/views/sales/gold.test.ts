import { expect, test } from 'vitest'
import { tillsDatabase } from './tills.ts'

const tills = tillsDatabase()

test('totals: what was taken, its cost, profit, margin, orders and customers', async () => {
  await tills.sales(
    { sale_price: 10, cost_price: 6 },
    { sale_price: '$20.50', cost_price: '$10.25' },
    { sale_price: 0.5, cost_price: 1, email: 'other@example.com' },
  )
  expect(await tills.rows('select * from gold.sales_totals')).toEqual([
    {
      sales: '31.00',
      cost: '17.25',
      profit: '13.75',
      margin: '0.4435',
      orders: '3',
      customers: '2',
    },
  ])
})

test('totals of nothing are 0, and their margin is unknown', async () => {
  expect(
    await tills.rows('select sales, profit, margin, orders, customers from gold.sales_totals'),
  ).toEqual([{ sales: '0', profit: '0', margin: null, orders: '0', customers: '0' }])
})

test('by day: a sale counts on the day (UTC) on which Kafka took it', async () => {
  await tills.salesAt('2026-03-01T23:59:59.999Z', { sale_price: 10, cost_price: 5 })
  await tills.salesAt('2026-03-02T00:00:00Z', { sale_price: 0, cost_price: 5 })
  await tills.salesAt('2026-03-02T12:00:00Z', { sale_price: 0, cost_price: 0 })
  expect(
    await tills.rows(
      `select day_at, orders::int, customers::int, sales, cost, profit, margin
      from gold.sales_by_day order by 1`,
    ),
  ).toEqual([
    {
      day_at: new Date('2026-03-01T00:00:00Z'),
      orders: 1,
      customers: 1,
      sales: '10.00',
      cost: '5.00',
      profit: '5.00',
      margin: '0.5000',
    },
    {
      day_at: new Date('2026-03-02T00:00:00Z'),
      orders: 2,
      customers: 1,
      sales: '0.00',
      cost: '5.00',
      profit: '-5.00',
      margin: null,
    },
  ])
})

test('by minute: a minute ends before the next begins', async () => {
  await tills.salesAt('2026-03-01T10:00:59.999Z', { sale_price: 3, cost_price: 1 })
  await tills.salesAt('2026-03-01T10:01:00Z', { sale_price: 4, cost_price: 1 })
  expect(
    await tills.rows(
      `select to_char(minute_at, 'HH24:MI') as minute, orders::int, sales, profit
      from gold.till_sales_by_minute order by 1`,
    ),
  ).toEqual([
    { minute: '10:00', orders: 1, sales: '3.00', profit: '2.00' },
    { minute: '10:01', orders: 1, sales: '4.00', profit: '3.00' },
  ])
})

test('by category: with its name and its share of all sales', async () => {
  await tills.sales(
    { sale_price: 30, cost_price: 10 },
    { category: 'Garden', sale_price: 5, cost_price: 1, email: 'other@example.com' },
    { category: 'Garden', sale_price: 5, cost_price: 1 },
  )
  expect(
    await tills.rows(
      `select category_name, orders::int, customers::int, sales, cost, profit, margin, share
      from gold.sales_by_category order by 1`,
    ),
  ).toEqual([
    {
      category_name: 'Garden',
      orders: 2,
      customers: 2,
      sales: '10.00',
      cost: '2.00',
      profit: '8.00',
      margin: '0.8000',
      share: '0.2500',
    },
    {
      category_name: 'Kitchen',
      orders: 1,
      customers: 1,
      sales: '30.00',
      cost: '10.00',
      profit: '20.00',
      margin: '0.6667',
      share: '0.7500',
    },
  ])
})

test('by state: two letters or a name find the centre of the state, others have none', async () => {
  await tills.sales(
    { state: 'TX', sale_price: 7 },
    { state: 'Ohio', sale_price: 8, email: 'other@example.com' },
    { state: 'TX', sale_price: 1, cost_price: 0 },
    { state: 'Atlantis' },
    { state: null },
  )
  expect(
    await tills.rows(
      `select
        state, state_name, latitude::text, longitude::text, orders::int, customers::int, sales, profit
      from gold.sales_by_state order by state`,
    ),
  ).toEqual([
    state('Atlantis', [null, null, null], [1, 1, '10.00', '4.00']),
    state('Ohio', ['Ohio', '40', '-82.5'], [1, 1, '8.00', '2.00']),
    state('TX', ['Texas', '30.6', '-98'], [2, 1, '8.00', '2.00']),
    state(null, [null, null, null], [1, 1, '10.00', '4.00']),
  ])
})

const state = (
  written: string | null,
  [state_name, latitude, longitude]: (string | null)[],
  [orders, customers, sales, profit]: (number | string)[],
) => ({ state: written, state_name, latitude, longitude, orders, customers, sales, profit })

test('by city: cities of one name in two states are two', async () => {
  await tills.sales({ state: 'IL' }, { state: 'MA', sale_price: 7, cost_price: 7 }, { state: 'IL' })
  expect(
    await tills.rows(
      'select state, city, orders::int, sales, cost, profit, margin from gold.sales_by_city order by 1',
    ),
  ).toEqual([
    {
      state: 'IL',
      city: 'Springfield',
      orders: 2,
      sales: '20.00',
      cost: '12.00',
      profit: '8.00',
      margin: '0.4000',
    },
    {
      state: 'MA',
      city: 'Springfield',
      orders: 1,
      sales: '7.00',
      cost: '7.00',
      profit: '0.00',
      margin: '0.0000',
    },
  ])
})

test('customers: spend, orders, job and where they live, with a name cut short', async () => {
  await tills.salesAt('2026-03-01T10:00:00Z', { sale_price: 10, cost_price: 6 })
  await tills.salesAt('2026-03-03T10:00:00Z', {
    sale_price: 5.01,
    cost_price: 6,
    job_title: 'Painter',
    city: 'Chicago',
  })
  const [customer] = await tills.rows('select * from gold.customer_insights')
  expect(customer).toEqual({
    customer_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    customer: 'Anna K.',
    first_name: 'Anna',
    last_name: 'Karlin',
    email: 'anna@example.com',
    job_title: 'Painter',
    city: 'Chicago',
    state: 'IL',
    favourite_category: 'Kitchen',
    orders: '2',
    spend: '15.01',
    average_order_value: '7.51',
    profit: '3.01',
    first_sold_at: new Date('2026-03-01T10:00:00Z'),
    last_sold_at: new Date('2026-03-03T10:00:00Z'),
  })
})

test.each([
  [
    'most orders',
    [
      ['Garden', 1],
      ['Garden', 1],
      ['Kitchen', 50],
    ],
    'Garden',
  ],
  [
    'of as many orders, that of most spend',
    [
      ['Garden', 1],
      ['Kitchen', 2],
    ],
    'Kitchen',
  ],
  [
    'of as much spend, too, the first by name',
    [
      ['Kitchen', 2],
      ['Garden', 2],
    ],
    'Garden',
  ],
] as const)('the favourite category has the most orders: %s', async (_, bought, favourite) => {
  await tills.sales(...bought.map(([category, sale_price]) => ({ category, sale_price })))
  expect(await tills.rows('select favourite_category from gold.customer_insights')).toEqual([
    { favourite_category: favourite },
  ])
})

test('cards: orders, sales and the average order of each company', async () => {
  await tills.sales(
    { sale_price: 1 },
    { sale_price: 2 },
    { sale_price: 2 },
    { credit_card_company: 'Discover', sale_price: 4 },
  )
  expect(
    await tills.rows(
      'select card_company, orders::int, sales, average_order_value from gold.card_usage order by 1',
    ),
  ).toEqual([
    { card_company: 'Discover', orders: 1, sales: '4.00', average_order_value: '4.00' },
    { card_company: 'Visa', orders: 3, sales: '5.00', average_order_value: '1.67' },
  ])
})
