import { expect, test } from 'vitest'
import { tillsDatabase } from './tills.ts'

const tills = tillsDatabase()

test('a sale names its customer, product and category by keys', async () => {
  await tills.salesAt('2026-03-01T10:00:00Z', { sale_id: 's-one' })
  const joined = await tills.rows(
    `select
      sale_id, first_name, last_name, email, category_name, product_name,
      sale_price, cost_price, card_company, card_last4, sales.state, sales.city, sales.zipcode, sold_at
    from silver.sales
    join silver.sales_customers using (customer_id)
    join silver.sales_products using (product_id)
    join silver.categories on categories.category_id = sales.category_id`,
  )
  expect(joined).toEqual([
    {
      sale_id: 's-one',
      first_name: 'Anna',
      last_name: 'Karlin',
      email: 'anna@example.com',
      category_name: 'Kitchen',
      product_name: 'Kettle',
      sale_price: '10.00',
      cost_price: '6.00',
      card_company: 'Visa',
      card_last4: '1234',
      state: 'IL',
      city: 'Springfield',
      zipcode: '62701',
      sold_at: new Date('2026-03-01T10:00:00Z'),
    },
  ])
})

test.each([
  [12.34, '12.34'],
  ['12.34', '12.34'],
  ['$12.34', '12.34'],
  ['$1,234.50', '1234.50'],
  ['1,234,567', '1234567.00'],
  ['-$3.10', '-3.10'],
  [0, '0.00'],
])('a price of %j is %s', async (price, amount) => {
  await tills.sales({ sale_price: price, cost_price: price })
  expect(await tills.rows('select sale_price, cost_price from silver.sales')).toEqual([
    { sale_price: amount, cost_price: amount },
  ])
})

test.each([['12,34'], ['12.34 €'], ['NaN'], [''], [null], [true]])(
  'a sale for %j is a dead letter, and in no figure',
  async (price) => {
    await tills.sales({ sale_price: price })
    expect(await tills.letters('silver.sales')).toEqual(['0/0 22P02'])
    expect(await tills.rows('select orders::int, sales from gold.sales_totals')).toEqual([
      { orders: 0, sales: '0' },
    ])
  },
)

test('a sale that is sent again, even on another day, counts once, as it was stored first', async () => {
  await tills.salesAt('2026-03-01T10:00:00Z', { sale_id: 's-one', sale_price: 10 })
  await tills.salesAt('2026-04-02T10:00:00Z', { sale_id: 's-one', sale_price: 99 }, {})
  expect(
    await tills.rows('select sale_price, sold_at::date::text as day from silver.sales order by 2'),
  ).toEqual([
    { sale_price: '10.00', day: '2026-03-01' },
    { sale_price: '10.00', day: '2026-04-02' },
  ])
})

test('customers are told apart by first name, last name and e-mail, letter by letter', async () => {
  await tills.sales(
    {},
    { first_name: 'anna' },
    { last_name: 'Karl', email: 'inanna@example.com' },
    { email: null },
    {},
  )
  expect(
    await tills.rows(
      'select first_name, last_name, email from silver.sales_customers order by 1, 2, 3',
    ),
  ).toEqual([
    { first_name: 'Anna', last_name: 'Karl', email: 'inanna@example.com' },
    { first_name: 'Anna', last_name: 'Karlin', email: 'anna@example.com' },
    { first_name: 'Anna', last_name: 'Karlin', email: null },
    { first_name: 'anna', last_name: 'Karlin', email: 'anna@example.com' },
  ])
})

test('a customer has the job and address of the newest sale, also when that is stored first', async () => {
  await tills.salesAt('2026-03-02T10:00:00Z', { job_title: 'Painter', street: '9 Hill Road' })
  await tills.salesAt('2026-03-01T10:00:00Z', { job_title: 'Baker' })
  expect(await tills.rows('select job_title, street from silver.sales_customers')).toEqual([
    { job_title: 'Painter', street: '9 Hill Road' },
  ])
})

test('a product is its category and its name', async () => {
  await tills.sales({}, { category: 'Garden' }, { product_name: 'Kettle' })
  expect(
    await tills.rows(
      `select category_name, product_name
      from silver.sales_products
      join silver.categories using (category_id)
      order by 1`,
    ),
  ).toEqual([
    { category_name: 'Garden', product_name: 'Kettle' },
    { category_name: 'Kitchen', product_name: 'Kettle' },
  ])
})

test('keys are hashes of what they stand for, the same in every database', async () => {
  await tills.sales({})
  // md5 of 'Kitchen', 'Kettle' and 'Anna', 'Karlin', 'anna@example.com', each part followed by U+001F but the last
  expect(await tills.rows('select category_id, product_id, customer_id from silver.sales')).toEqual(
    await tills.rows(
      `select
        md5(E'Kitchen\\x1f\\x1f')::uuid as category_id,
        md5(E'Kitchen\\x1fKettle\\x1f')::uuid as product_id,
        md5(E'Anna\\x1fKarlin\\x1fanna@example.com')::uuid as customer_id`,
    ),
  )
})

test('the map knows 50 states and the District of Columbia, all of them in the west and the north', async () => {
  const [states] = await tills.rows(
    `select
      count(*)::int as states,
      count(distinct state_code)::int as codes,
      count(distinct state_name)::int as names,
      bool_and(state_code ~ '^[A-Z]{2}$') as are_codes,
      bool_and(latitude between 18.9 and 71.4 and longitude between -179.2 and -66.9) as are_places
    from silver.us_states`,
  )
  expect(states).toEqual({ states: 51, codes: 51, names: 51, are_codes: true, are_places: true })
})
