import { describe, expect, it } from 'vitest'
import { events, parsed, startMs } from './support.ts'

interface Sale {
  [field: string]: unknown
  first_name: string
  last_name: string
  email: string
  credit_card_company: string
  credit_card_number: string
  credit_card_expiration_date: string
  category: string
  sale_id: string
  product_name: string
  sale_price: number | string
  cost_price: number | string
  zipcode: string
  state: string
  city: string
}

const domains = 'sales'
const list = events({ domains, events: 30_000, rate: 300, duplicates: 0, users: 3_000 })
const sales = parsed<Sale>(list, 'sales_topic')
const cents = (price: number | string) => Math.round(Number(String(price).replace('$', '')) * 100)

/** Luhn's check, from the last digit: every second one doubled, the sum of all digits divisible by ten. */
function isValid(number: string): boolean {
  const digits = [...number].toReversed().map(Number)
  const sum = digits.reduce((total, digit, place) => {
    const weighted = place % 2 === 0 ? digit : digit * 2
    return total + Math.floor(weighted / 10) + (weighted % 10)
  }, 0)
  return sum % 10 === 0
}

describe('a card', () => {
  const networks: Record<string, RegExp> = {
    Visa: /^(42424242|40000566)\d{8}$/,
    Mastercard: /^(55555555|22230031)\d{8}$/,
    'American Express': /^37828224\d{7}$/,
    Discover: /^60111111\d{8}$/,
  }

  it('has a number in the range of published test numbers, valid by its check digit', () => {
    const strange = sales.filter(
      ({ credit_card_company, credit_card_number }) =>
        !networks[credit_card_company]!.test(credit_card_number) || !isValid(credit_card_number),
    )
    expect(strange).toEqual([])
    expect(new Set(sales.map((sale) => sale.credit_card_company)).size).toBe(4)
  })

  it('is that with whose last four digits the customer pays in the shop, too', () => {
    const number = new Map(sales.map((sale) => [sale.email, sale.credit_card_number]))
    const orders = parsed<{ user_id: string; card_last4: string | null }>(
      events({ domains: 'ecommerce', events: 30_000, users: 3_000 }),
      'ecommerce-purchases',
    )
    let same = 0
    let compared = 0
    for (const { user_id, card_last4 } of orders) {
      const customer = `${Number(user_id.slice(1))}@`
      const known = [...number].find(([email]) => /\d+@/.exec(email)![0] === customer)
      if (!known || card_last4 === null) continue
      compared += 1
      if (known[1].endsWith(card_last4)) same += 1
    }
    expect(compared).toBeGreaterThan(30)
    // now and then somebody pays by another card
    expect(same / compared).toBeGreaterThan(0.9)
  })

  it('has a month and a year until which it is valid', () => {
    const dates = sales.map((sale) => sale.credit_card_expiration_date)
    expect(dates.filter((date) => !/^(0[1-9]|1[0-2])\/\d\d$/.test(date))).toEqual([])
  })
})

describe('a sale', () => {
  it('has an id of its own, which is its key', () => {
    expect(new Set(sales.map((sale) => sale.sale_id)).size).toBe(sales.length)
    const keys = list.filter((event) => !event.isBroken).map((event) => event.key)
    expect(keys).toEqual(sales.map((sale) => sale.sale_id))
  })

  it('of a run that starts later has another id', () => {
    const later = events({ domains, start: startMs + 1, events: 30_000, users: 3_000 })
    const ids = new Set(sales.map((sale) => sale.sale_id))
    expect(parsed<Sale>(later, 'sales_topic').some((sale) => ids.has(sale.sale_id))).toBe(false)
  })

  it('has its prices as numbers, or both as text with a sign, never finer than a cent', () => {
    let asText = 0
    for (const { sale_price, cost_price } of sales) {
      expect(typeof sale_price).toBe(typeof cost_price)
      for (const price of [sale_price, cost_price]) {
        expect(String(price)).toMatch(
          typeof price === 'string' ? /^\$\d+\.\d\d$/ : /^\d+(\.\d\d?)?$/,
        )
      }
      if (typeof sale_price === 'string') asText += 1
    }
    expect(asText / sales.length).toBeCloseTo(0.3, 1.5)
  })

  it('brings more than it cost, as a whole, and now and then less', () => {
    const profits = sales.map((sale) => cents(sale.sale_price) - cents(sale.cost_price))
    const revenue = sales.reduce((sum, sale) => sum + cents(sale.sale_price), 0)
    const margin = profits.reduce((sum, profit) => sum + profit, 0) / revenue
    expect(margin).toBeGreaterThan(0.15)
    expect(margin).toBeLessThan(0.5)
    const losses = profits.filter((profit) => profit < 0).length / profits.length
    expect(losses).toBeGreaterThan(0)
    expect(losses).toBeLessThan(0.15)
  })

  it('is made in a city of the United States, the same city for the same customer', () => {
    const home = new Map<string, string>()
    const strange = sales.filter(({ email, city, state, zipcode }) => {
      const place = `${city} ${state} ${zipcode}`
      const known = home.get(email) ?? place
      home.set(email, place)
      return known !== place || !/^[A-Z]{2} \d{5}$/.test(`${state} ${zipcode}`)
    })
    expect(strange).toEqual([])
    expect(new Set(sales.map((sale) => sale.state)).size).toBeGreaterThan(45)
  })

  it('is of a product that has one category and one cost', () => {
    const known = new Map<string, string>()
    for (const { product_name, category, cost_price } of sales) {
      known.set(`${product_name} ${cents(cost_price)}`, category)
    }
    // products that happen to have the same name and cost are very few
    expect(known.size).toBeLessThanOrEqual(500)
    expect(new Set(sales.map((sale) => sale.category)).size).toBe(10)
  })
})

it('events have exactly the fields of the contract, in its order, and no time', () => {
  expect(Object.keys(sales[0]!).join(' ')).toBe(
    'first_name last_name email credit_card_company credit_card_number credit_card_expiration_date category sale_id product_name sale_price cost_price job_title zipcode state city street',
  )
})
