import type { Actor, Domain, World } from './domain.ts'
import { Random } from './random.ts'
import type { Customer, Product } from './shop.ts'
import { wares } from './wares.ts'
import { choice } from './weighted.ts'
import type { Weighted } from './weighted.ts'

type Step = 'view' | 'cart' | 'remove_from_cart' | 'purchase'

/** What follows, in percent. A purchase buys all that is in the cart, one event a product. */
const next = {
  view: choice({ view: 62, cart: 14, leave: 24 }),
  cart: choice({ view: 44, purchase: 34, remove_from_cart: 7, leave: 15 }),
  remove_from_cart: choice({ view: 55, leave: 45 }),
  purchase: choice({ view: 12, leave: 88 }),
}

const pauseSeconds: Record<Step, number> = {
  view: 28,
  cart: 20,
  remove_from_cart: 12,
  purchase: 15,
}

const brandNames = [
  'arbor',
  'belmonte',
  'cirrus',
  'dunelm',
  'eskado',
  'fjordal',
  'gravita',
  'halden',
  'isolde',
  'juniper',
  'kestrel',
  'lumina',
  'marlow',
  'nordfell',
  'orbita',
  'palisade',
  'quillon',
  'rivero',
  'solvane',
  'tarrow',
  'umbra',
  'velora',
  'wexley',
  'xenia',
  'yarrow',
  'zephyr',
]

const kinds = wares.flatMap(([category, nouns]) => nouns.map((noun) => `${category} ${noun}`))
/** What does not change about a product, as the fields of a line. */
const linesOf = new WeakMap<Product, string>()

/**
 * User events of an online store, in the REES46 format: what its lines have, as JSON. There ids are numbers: product 12
 * is p00012 of the shop, user 12 its u000012. They have no event id.
 */
export const activity: Domain = {
  name: 'activity',
  topics: [{ topic: 'user_activity', partitions: 4, isCompacted: false }],
  eventsPerActor: 3.91,
  reference: () => [],
  begin: (world, haste) => new Session(world, haste),
}

class Session implements Actor {
  private readonly world: World
  private readonly haste: number
  private readonly customer: Customer
  private readonly who: string
  private readonly category: Weighted<Product>
  private readonly cart: Product[] = []
  private product: Product | null = null
  private doing: Step = 'view'

  constructor(world: World, haste: number) {
    const { shop, random } = world
    this.world = world
    this.haste = haste
    this.customer = shop.customers.pick(random)
    this.who = `"user_id":${this.customer.no},"user_session":"${random.uuid()}"}`
    this.category = shop.categories.pick(random)
  }

  step(time: string): number {
    const { random } = this.world
    this.emit(this.doing, this.subject(), time)
    // each product of the cart is an event of its own, at nearly the same time
    if (this.doing === 'purchase' && this.cart.length > 0) return 1 + random.below(40)
    const pause = 1 + Math.floor(random.spread() * pauseSeconds[this.doing] * 1000 * this.haste)
    const chosen = next[this.doing].pick(random)
    if (chosen === 'leave') return -1
    this.doing = chosen
    return pause
  }

  /** The product that it is done with. */
  private subject(): Product {
    const { random, shop } = this.world
    switch (this.doing) {
      case 'view':
        this.product = (random.below(100) < 65 ? this.category : shop.popular).pick(random)
        return this.product
      case 'cart':
        this.cart.push(this.product!)
        return this.product!
      default:
        return this.cart.pop()!
    }
  }

  private emit(type: Step, product: Product, time: string): void {
    const at = `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`
    this.world.emit(
      'user_activity',
      String(this.customer.no),
      `{"event_time":"${at}","event_type":"${type}",${lineOf(product)},${this.who}`,
    )
  }
}

function lineOf(product: Product): string {
  let line = linesOf.get(product)
  if (line === undefined) {
    line = createLine(product)
    linesOf.set(product, line)
  }
  return line
}

/** A brand or a category code that is not known is null, as an empty field of CSV is for `sluice replay`. */
function createLine({ no, category, noun, price }: Product): string {
  const random = new Random(no, 'brand')
  const kind = kinds.indexOf(`${category} ${noun}`)
  // a kind of thing has a few brands, the first of them bigger
  const brand = brandNames[(kind * 5 + random.below(1 + random.below(7))) % brandNames.length]!
  const isNoName = random.below(100) < 12
  // 19 digits like theirs, of which the last four are 0: so a double holds it exactly
  const categoryId = `20530135${5_000_000 + kind * 13_331}0000`
  const code = kind % 5 === 3 ? 'null' : `"${slug(category)}.${slug(noun)}"`
  return `"product_id":${no},"category_id":${categoryId},"category_code":${code},"brand":${isNoName ? 'null' : `"${brand}"`},"price":${price}`
}

/** `Crème Brûlée Set` becomes `creme_brulee_set`. */
function slug(text: string): string {
  const plain = text.normalize('NFD').replaceAll(/\p{Mark}/gu, '')
  return plain.toLowerCase().replaceAll(/\W+/g, '_')
}
