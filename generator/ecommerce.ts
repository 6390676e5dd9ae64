import type { Actor, Domain, Message, World } from './domain.ts'
import { fourDigits, moneyJson, productJson } from './shop.ts'
import type { Customer, Product, SearchTerm, Shop } from './shop.ts'
import { choice, weighted } from './weighted.ts'
import type { Weighted } from './weighted.ts'

type Place = keyof typeof next | 'leave'

/** Where a visit goes from where it is, in percent: this is the funnel, with the drop-off at each step. */
const next = {
  home: choice({ category: 44, search: 18, product: 14, leave: 24 }),
  category: choice({ product: 66, category: 9, search: 5, leave: 20 }),
  search: choice({ product: 72, search: 10, leave: 18 }),
  product: choice({ add: 21, product: 28, category: 17, search: 6, leave: 28 }),
  add: choice({ cart: 42, product: 28, category: 16, leave: 14 }),
  cart: choice({ checkout: 58, remove: 11, product: 15, leave: 16 }),
  remove: choice({ cart: 60, category: 25, leave: 15 }),
  checkout: choice({ order: 74, cart: 4, leave: 22 }),
  order: choice({ home: 8, leave: 92 }),
}
const landing = choice({ home: 68, product: 16, category: 9, search: 7 })

/** Seconds until the next step, on average. */
const pauseSeconds: Record<Exclude<Place, 'leave'>, number> = {
  home: 11,
  category: 17,
  search: 7,
  product: 32,
  add: 3,
  cart: 18,
  remove: 4,
  checkout: 42,
  order: 20,
}

const quantities = weighted([1, 2, 3, 4], [78, 15, 5, 2])
const payments = choice({ card: 62, paypal: 24, transfer: 9, voucher: 5 })
const mostItems = 8
/** Shared by all visits that have put nothing in: most never do, and a map costs more than the rest of a visit. */
const emptyCart = new Map<Product, number>()

/** A shop: what is viewed, searched for, put into the cart and bought, visit by visit. */
export const ecommerce: Domain = {
  name: 'ecommerce',
  topics: [
    { topic: 'ecommerce-products', partitions: 1, isCompacted: true },
    { topic: 'ecommerce-page-views', partitions: 4, isCompacted: false },
    { topic: 'ecommerce-purchases', partitions: 4, isCompacted: false },
    { topic: 'ecommerce-cart', partitions: 4, isCompacted: false },
    { topic: 'ecommerce-searches', partitions: 4, isCompacted: false },
  ],
  eventsPerActor: 4.12,
  reference: products,
  begin: (world, haste) => new Visit(world, haste),
}

function* products(shop: Shop): Generator<Message> {
  for (const product of shop.products) {
    yield { topic: 'ecommerce-products', key: product.id, value: productJson(product) }
  }
}

/** One visit of one customer. The cart holds only what was seen on a product page of this visit before. */
class Visit implements Actor {
  private readonly world: World
  private readonly customer: Customer
  private readonly device: string
  private readonly haste: number
  /** The fields that all events of the visit share, as JSON. */
  private readonly who: string
  private cart = emptyCart
  private place: Place
  private product: Product | null = null
  private category: Weighted<Product>
  /** The last search, while its results are what the visitor chooses from. */
  private search: SearchTerm | null = null

  constructor(world: World, haste: number) {
    const { shop, random } = world
    this.world = world
    this.haste = haste
    this.customer = shop.customers.pick(random)
    this.device = random.below(10) > 0 ? this.customer.device : 'desktop'
    this.who = `"user_id":"${this.customer.id}","session_id":"${random.uuid()}"`
    this.category = shop.categories.pick(random)
    this.place = landing.pick(random)
  }

  step(time: string): number {
    const place = this.place as Exclude<Place, 'leave'>
    const mean = pauseSeconds[place] * 1000 * this.haste
    const pause = 1 + Math.floor(this.world.random.spread() * mean)
    switch (place) {
      case 'search':
        this.searchFor(time)
        break
      case 'add':
        this.add(time)
        break
      case 'remove':
        this.remove(time)
        break
      case 'order':
        this.order(time)
        break
      default:
        this.view(place, pause, time)
    }
    this.place = this.whereNext(place)
    return this.place === 'leave' ? -1 : pause
  }

  private whereNext(place: Exclude<Place, 'leave'>): Place {
    const chosen: Place = next[place].pick(this.world.random)
    const isCartStep = chosen === 'cart' || chosen === 'checkout' || chosen === 'remove'
    if (isCartStep && this.cart.size === 0) return 'category'
    if (place === 'search' && chosen === 'product' && !this.search!.found) return 'search'
    if (chosen === 'add' && this.cart.size === mostItems) return 'cart'
    return chosen
  }

  private view(page: string, pause: number, time: string): void {
    const { random, shop } = this.world
    if (page === 'home') this.search = null
    if (page === 'category') {
      this.category = shop.categories.pick(random)
      this.search = null
    }
    this.product = page === 'product' ? this.nextProduct() : null
    const product = this.product ? `"${this.product.id}"` : 'null'
    const seconds = String(Math.ceil(pause / 100) / 10)
    this.world.emit(
      'ecommerce-page-views',
      this.customer.id,
      `{"event_id":"${random.uuid()}",${this.who},"product_id":${product},"page_type":"${page}","view_duration_s":${seconds},"device":"${this.device}","event_time":"${time}"}`,
    )
  }

  /** What goes with the thing last seen, what was searched for, or what sells in this category. */
  private nextProduct(): Product {
    const { random, shop } = this.world
    const dice = random.below(100)
    if (this.product && dice < 35) return this.product.companions[dice % 3]!
    if (dice < 42) return shop.popular.pick(random)
    return (this.search?.found ?? this.category).pick(random)
  }

  private searchFor(time: string): void {
    const { random, shop } = this.world
    this.search = shop.searchTerms.pick(random)
    this.world.emit(
      'ecommerce-searches',
      this.customer.id,
      `{"event_id":"${random.uuid()}",${this.who},"query":${this.search.json},"results":${this.search.results},"event_time":"${time}"}`,
    )
  }

  private add(time: string): void {
    const product = this.product!
    const quantity = quantities.pick(this.world.random)
    if (this.cart === emptyCart) this.cart = new Map()
    this.cart.set(product, (this.cart.get(product) ?? 0) + quantity)
    this.emitCart('add', product, quantity, time)
  }

  private remove(time: string): void {
    const products = [...this.cart.keys()]
    const product = products[this.world.random.below(products.length)]!
    const quantity = this.cart.get(product)!
    this.cart.delete(product)
    this.emitCart('remove', product, quantity, time)
  }

  private emitCart(action: string, product: Product, quantity: number, time: string): void {
    this.world.emit(
      'ecommerce-cart',
      this.customer.id,
      `{"event_id":"${this.world.random.uuid()}",${this.who},"action":"${action}","product_id":"${product.id}","quantity":${quantity},"event_time":"${time}"}`,
    )
  }

  private order(time: string): void {
    const { random } = this.world
    let cents = 0
    let items = ''
    for (const [product, quantity] of this.cart) {
      cents += quantity * product.cents
      items += `${items && ','}{"product_id":"${product.id}","quantity":${quantity},"price":${product.price}}`
    }
    this.cart = emptyCart
    const payment = payments.pick(random)
    this.world.emit(
      'ecommerce-purchases',
      this.customer.id,
      `{"order_id":"${random.uuid()}",${this.who},"items":[${items}],"total_amount":${moneyJson(cents)},"payment_method":"${payment}","card_last4":${payment === 'card' ? `"${this.card()}"` : 'null'},"event_time":"${time}"}`,
    )
  }

  /** The customer's own card, or now and then another one. */
  private card(): string {
    const { random } = this.world
    return random.below(50) > 0 ? this.customer.cardLast4 : fourDigits(random)
  }
}
