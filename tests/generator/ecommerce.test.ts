import { describe, expect, it } from 'vitest'
import { events, parsed } from './support.ts'
import type { Parsed } from './support.ts'

interface Item {
  product_id: string
  quantity: number
  price: number
}
interface Purchase extends Parsed {
  items: Item[]
  total_amount: number
  payment_method: string
  card_last4: string | null
}
interface Product {
  product_id: string
  price: number
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const list = events({ events: 120_000, rate: 1_000, duplicates: 0, late: 0 })
const views = parsed(list, 'ecommerce-page-views')
const carts = parsed(list, 'ecommerce-cart')
const searches = parsed(list, 'ecommerce-searches')
const purchases = parsed<Purchase>(list, 'ecommerce-purchases')
const prices = new Map(
  parsed<Product>(list, 'ecommerce-products').map((p) => [p.product_id, p.price]),
)
const cents = (amount: number) => Math.round(amount * 100)

/** When this happened first, by session and product. */
function firstTimes(happened: readonly Parsed[]): Map<string, string> {
  const first = new Map<string, string>()
  for (const event of happened) {
    const key = `${event.session_id} ${event.product_id as string}`
    const before = first.get(key)
    if (before === undefined || event.event_time < before) first.set(key, event.event_time)
  }
  return first
}

describe('a purchase', () => {
  it('happens often enough to tell something, and seldom enough to be true', () => {
    const sessions = new Set(views.map((view) => view.session_id)).size
    expect(purchases.length / sessions).toBeGreaterThan(0.02)
    expect(purchases.length / sessions).toBeLessThan(0.1)
  })

  it('holds only products viewed, then added, then bought in that session', () => {
    const viewed = firstTimes(views.filter((view) => view.page_type === 'product'))
    const added = firstTimes(carts.filter((event) => event.action === 'add'))
    for (const { session_id, items, event_time } of purchases) {
      expect(items.length).toBeGreaterThan(0)
      for (const { product_id } of items) {
        const key = `${session_id} ${product_id}`
        expect(viewed.get(key)! < added.get(key)!).toBe(true)
        expect(added.get(key)! < event_time).toBe(true)
      }
    }
  })

  it('takes what is in the cart: added since the last purchase, less removed', () => {
    const things = [...carts, ...purchases].toSorted((a, b) =>
      a.event_time < b.event_time ? -1 : 1,
    )
    const inCart = new Map<string, Map<string, number>>()
    for (const thing of things) {
      const cart = inCart.get(thing.session_id) ?? new Map<string, number>()
      inCart.set(thing.session_id, cart)
      if ('items' in thing) {
        const bought = (thing as Purchase).items.map((item) => [item.product_id, item.quantity])
        expect(new Map(bought as [string, number][])).toEqual(cart)
        cart.clear()
        continue
      }
      const id = thing.product_id as string
      const sign = thing.action === 'add' ? 1 : -1
      const left = (cart.get(id) ?? 0) + sign * (thing.quantity as number)
      if (left === 0) cart.delete(id)
      else cart.set(id, left)
      expect(left).toBeGreaterThanOrEqual(0)
    }
  })

  it('costs the catalogue price of its items, to the cent', () => {
    for (const { items, total_amount } of purchases) {
      let sum = 0
      for (const { product_id, quantity, price } of items) {
        expect(price).toBe(prices.get(product_id))
        sum += quantity * cents(price)
      }
      expect(cents(total_amount)).toBe(sum)
      expect(String(total_amount)).toMatch(/^\d+(\.\d\d?)?$/)
    }
  })

  it('names four digits of a card only when paid by card', () => {
    for (const { payment_method, card_last4 } of purchases) {
      if (payment_method === 'card') expect(card_last4).toMatch(/^\d{4}$/)
      else expect(card_last4).toBeNull()
    }
    expect(new Set(purchases.map((purchase) => purchase.payment_method)).size).toBe(4)
  })
})

describe('the funnel', () => {
  it('gets narrower at each step', () => {
    const page = (type: string) => views.filter((view) => view.page_type === type).length
    const adds = carts.filter((event) => event.action === 'add').length
    const steps = [page('product'), adds, page('checkout'), purchases.length]
    expect(steps).toEqual(steps.toSorted((a, b) => b - a))
    expect(page('home')).toBeGreaterThan(page('checkout'))
  })

  it('has a few products that are seen much more than most', () => {
    const counts = new Map<unknown, number>()
    for (const { product_id } of views) {
      if (product_id !== null) counts.set(product_id, (counts.get(product_id) ?? 0) + 1)
    }
    const sorted = [...counts.values()].toSorted((a, b) => b - a)
    expect(sorted[0]!).toBeGreaterThan(5 * sorted[Math.floor(sorted.length / 2)]!)
  })
})

describe('the formats', () => {
  it('have exactly the fields of the contract, in its order', () => {
    const fields = (event: object | undefined) => Object.keys(event!).join(' ')
    const products = parsed<object>(list, 'ecommerce-products')
    expect(fields(products[0])).toBe('product_id name category price image_url')
    expect(fields(views[0])).toBe(
      'event_id user_id session_id product_id page_type view_duration_s device event_time',
    )
    expect(fields(purchases[0])).toBe(
      'order_id user_id session_id items total_amount payment_method card_last4 event_time',
    )
    expect(fields(carts[0])).toBe(
      'event_id user_id session_id action product_id quantity event_time',
    )
    expect(fields(searches[0])).toBe('event_id user_id session_id query results event_time')
  })

  it('have a uuid of its own for each event', () => {
    const ids = [...views, ...carts, ...searches].map((event) => event.event_id as string)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(uuid)
  })

  it('have a product on product pages and on no other', () => {
    for (const { page_type, product_id } of views) {
      expect(product_id !== null).toBe(page_type === 'product')
    }
  })

  it('are keyed by user, products by product', () => {
    for (const { topic, key, value, isBroken } of list) {
      if (isBroken) continue
      const event = JSON.parse(value as string) as Record<string, unknown>
      expect(key).toBe(topic === 'ecommerce-products' ? event.product_id : event.user_id)
    }
  })
})
