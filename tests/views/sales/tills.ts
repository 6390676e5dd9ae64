import type pg from 'pg'
import { afterEach, beforeAll, beforeEach } from 'vitest'
import { lettersOf, storeEvents, tick } from '../../models/bronzeRows.ts'
import { testDatabase } from '../../support/database.ts'

type Payload = Record<string, unknown>

export interface Tills {
  /** Stores sales in bronze, in this order and each a minute after the one before, and ticks. */
  sales(...sales: Payload[]): Promise<void>
  /** The same, at a time of Kafka. */
  salesAt(at: string, ...sales: Payload[]): Promise<void>
  rows(sql: string): Promise<Record<string, unknown>[]>
  /** Dead letters of a model, as `partition/offset sqlstate`. */
  letters(model: string): Promise<string[]>
}

const anna = { first_name: 'Anna', last_name: 'Karlin', email: 'anna@example.com' }

/** What a till sends, without its sale_id. The card number is as it is stored: ingest left its last four digits. */
export const sale = {
  ...anna,
  credit_card_company: 'Visa',
  credit_card_number: '************1234',
  credit_card_expiration_date: '11/29',
  category: 'Kitchen',
  product_name: 'Kettle',
  sale_price: 10,
  cost_price: 6,
  job_title: 'Baker',
  zipcode: '62701',
  state: 'IL',
  city: 'Springfield',
  street: '1 Main Street',
}

/** The models over a topic that is empty at the start of each test. */
export function tillsDatabase(): Tills {
  let owner: pg.Client
  let minute = 0
  let saleId = 0
  beforeAll(async () => {
    owner = await (await testDatabase('applied')).client('sluice_owner')
  })
  beforeEach(() => owner.query('begin'))
  afterEach(() => owner.query('rollback'))

  const store = async (sales: Payload[], timeOf: () => string) => {
    const events = sales.map((given) => ({
      at: timeOf(),
      payload: { ...sale, sale_id: `s${(saleId += 1)}`, ...given },
    }))
    await storeEvents(owner, 'sales_topic', events)
    await tick(owner)
  }
  return {
    sales: (...sales) =>
      store(sales, () => new Date(Date.UTC(2026, 2, 1, 10, (minute += 1))).toISOString()),
    salesAt: (at, ...sales) => store(sales, () => at),
    rows: async (sql) => (await owner.query<Record<string, unknown>>(sql)).rows,
    letters: (model) => lettersOf(owner, model),
  }
}
