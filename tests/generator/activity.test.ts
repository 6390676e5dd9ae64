import { describe, expect, it } from 'vitest'
import { groupedBy } from '../../generator/groupedBy.ts'
import { events, parsed } from './support.ts'

interface Line {
  event_time: string
  event_type: string
  product_id: number
  category_id: number
  category_code: string | null
  brand: string | null
  price: number
  user_id: number
  user_session: string
}

const domains = 'activity'
const list = events({ domains, events: 30_000, rate: 150, late: 0, duplicates: 0 })
const lines = parsed<Line>(list, 'user_activity')
const sessions = [...groupedBy(lines, (line) => line.user_session).values()]

describe('a session', () => {
  it('is of one user and begins with a view', () => {
    const strange = sessions.filter(
      ([first, ...others]) =>
        first!.event_type !== 'view' || others.some((line) => line.user_id !== first!.user_id),
    )
    expect(strange).toEqual([])
  })

  it('puts into the cart what was seen last, buys or takes out what is in it, and buys all of it', () => {
    for (const session of sessions) {
      const cart: number[] = []
      let seen = 0
      session.forEach(({ event_type, product_id }, place) => {
        if (event_type === 'view') seen = product_id
        else if (event_type === 'cart') {
          expect(product_id).toBe(seen)
          cart.push(product_id)
        } else {
          expect(cart).toContain(product_id)
          cart.splice(cart.indexOf(product_id), 1)
        }
        // the last ones of all may have been cut off
        const isOver = event_type === 'purchase' && session[place + 1]?.event_type !== 'purchase'
        if (isOver && session[place + 1]) expect(cart).toEqual([])
      })
    }
  })

  it('gets as far as it does in such stores', () => {
    const share = (type: string) =>
      sessions.filter((session) => session.some((line) => line.event_type === type)).length /
      sessions.length
    expect(share('cart')).toBeGreaterThan(0.15)
    expect(share('cart')).toBeLessThan(0.5)
    expect(share('purchase')).toBeGreaterThan(0.03)
    expect(share('purchase')).toBeLessThan(share('cart'))
    expect(share('remove_from_cart')).toBeGreaterThan(0)
  })
})

describe('a product', () => {
  it('has the same category, brand and price in every line, and those of the catalogue', () => {
    const facts = new Set(
      lines.map(({ product_id, category_id, category_code, brand, price }) =>
        JSON.stringify([product_id, category_id, category_code, brand, price]),
      ),
    )
    expect(facts.size).toBe(new Set(lines.map((line) => line.product_id)).size)
    const catalogue = parsed<{ product_id: string; price: number }>(
      events({ events: 500 }),
      'ecommerce-products',
    )
    const prices = new Map(catalogue.map((product) => [product.product_id, product.price]))
    const idOf = (no: number) => `p${String(no).padStart(5, '0')}`
    expect(lines.filter((line) => line.price !== prices.get(idOf(line.product_id)))).toEqual([])
  })

  it('has no category code or no brand now and then', () => {
    const share = (of: (line: Line) => unknown) =>
      lines.filter((line) => of(line) === null).length / lines.length
    for (const without of [share((line) => line.brand), share((line) => line.category_code)]) {
      expect(without).toBeGreaterThan(0.05)
      expect(without).toBeLessThan(0.35)
    }
  })
})

describe('a line', () => {
  it('has exactly the fields of the format, in its order', () => {
    expect(Object.keys(lines[0]!).join(',')).toBe(
      'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session',
    )
  })

  it('writes its time as the format does, to the second at which it happened', () => {
    for (const { value, at, isBroken } of list.slice(0, 5_000)) {
      if (isBroken) continue
      const { event_time } = JSON.parse(value as string) as Line
      expect(event_time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)
      expect(Date.parse(event_time)).toBe(at - (at % 1000))
    }
  })

  it('writes ids as numbers, those of categories with 19 digits, the codes in lower case', () => {
    for (const { category_id, category_code, brand } of lines.slice(0, 5_000)) {
      expect(String(category_id)).toMatch(/^\d{19}$/)
      if (category_code) expect(category_code).toMatch(/^[a-z]+\.[a-z_]+$/)
      if (brand) expect(brand).toMatch(/^[a-z]+$/)
    }
  })

  it('is keyed by user', () => {
    const keys = list.filter((event) => !event.isBroken).map((event) => event.key)
    expect(keys).toEqual(lines.map((line) => String(line.user_id)))
  })
})
