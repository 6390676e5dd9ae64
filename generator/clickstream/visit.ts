import type { Actor, World } from '../domain.ts'
import type { Product, SearchTerm } from '../shop.ts'
import { choice } from '../weighted.ts'
import type { Weighted } from '../weighted.ts'
import { entries, newsletter, parametersOf } from './entries.ts'
import { someVisitor, visitorOf } from './visitor.ts'
import type { Visitor } from './visitor.ts'

type Page = 'home' | 'category' | 'product' | 'cart' | 'help'
type Step = Page | 'click' | 'search' | 'result' | 'add' | 'remove'

/** What a visitor does next, in percent: pages that are seen, and what is done on them. */
const next = {
  home: choice({ click: 42, search: 17, category: 8, leave: 33 }),
  category: choice({ click: 56, search: 6, home: 4, leave: 34 }),
  product: choice({ add: 17, click: 30, search: 6, category: 7, leave: 40 }),
  cart: choice({ remove: 14, click: 32, help: 6, leave: 48 }),
  help: choice({ click: 30, search: 12, leave: 58 }),
  search: choice({ result: 63, search: 15, leave: 22 }),
  add: choice({ cart: 36, click: 32, category: 14, leave: 18 }),
  remove: choice({ cart: 40, category: 30, leave: 30 }),
}
const landings = choice({ home: 58, product: 24, category: 14, help: 4 })
const helpPages = choice({ returns: 40, shipping: 35, contact: 25 })
const links = choice({ 'product-card': 52, 'nav-menu': 26, 'hero-banner': 15, 'footer-help': 7 })
const targets = {
  'product-card': 'product',
  'nav-menu': 'category',
  'hero-banner': 'category',
  'footer-help': 'help',
} as const

/** Seconds until the next step, on average. */
const pauseSeconds: Record<Step, number> = {
  home: 12,
  category: 18,
  product: 34,
  cart: 22,
  help: 40,
  click: 1,
  search: 8,
  result: 1,
  add: 6,
  remove: 5,
}

const site = 'https://shop.example'
/** Of so many visits one goes through a tunnel: what is done in its middle is sent late, and joins the two halves. */
const visitsPerTunnel = 60
const halfTunnelMs = 21 * 60_000

/** One visit to the web site. */
export class Visit implements Actor {
  private readonly world: World
  private readonly haste: number
  /** Known from the first step on, like all of these. */
  private visitor: Visitor | null = null
  /** The fields that all events of the visit share, as JSON: of who visits, and of where from and with what. */
  private who = ''
  private origin = ''
  private doing: Step = 'home'
  /** What the address of the landing page says of the link to it. */
  private parameters = ''
  private url = ''
  private category: Weighted<Product>
  private product: Product | null = null
  /** Where a click leads to. */
  private target: Page = 'home'
  private search: SearchTerm | null = null
  private readonly cart: Product[] = []
  /** 2 before the tunnel, 1 in its middle, 0 after it or without one. */
  private tunnel: number

  constructor(world: World, haste: number) {
    const { random, shop } = world
    this.world = world
    this.haste = haste
    this.category = shop.categories.pick(random)
    this.tunnel = random.below(visitsPerTunnel) === 0 ? 2 : 0
  }

  step(time: string): number {
    this.visitor ??= this.arrive(time)
    this.act(time)
    if (this.tunnel > 0) return this.goThroughTunnel()
    const { isBot } = this.visitor
    const chosen = isBot ? this.whereNextAsBot() : this.whatNext()
    if (chosen === 'leave') return -1
    const mean = isBot ? 1_500 : pauseSeconds[this.doing] * 1000 * this.haste
    this.doing = chosen
    return 1 + Math.floor(this.world.random.spread() * mean)
  }

  /** Comes by the link of a mail, if one was clicked; or from anywhere. */
  private arrive(time: string): Visitor {
    const { random, shop } = this.world
    const { campaigns } = shop
    const click = campaigns.takeClick(time)
    const visitor = click
      ? visitorOf(this.world, click.customer, time)
      : someVisitor(this.world, time)
    const entry = click ? newsletter : entries.pick(random)
    const campaign = click?.campaign ?? campaigns.running[random.below(campaigns.running.length)]!
    this.parameters = parametersOf(entry, campaign)
    this.doing = click ? 'product' : landings.pick(random)
    this.product = click?.product ?? null
    if (visitor.isBot) this.tunnel = 0
    this.who = `"user_id":"${visitor.userId}","session_id":"${random.uuid()}"`
    const referrer = entry.referrer === null ? 'null' : `"${entry.referrer}"`
    this.origin = `"referrer":${referrer},${visitor.device}`
    return visitor
  }

  private act(time: string): void {
    switch (this.doing) {
      case 'click':
        this.click(time)
        break
      case 'search':
        this.searchFor(time)
        break
      case 'result':
        this.product = this.search!.found!.pick(this.world.random)
        this.target = 'product'
        this.emit('click', 'search-result', time)
        break
      case 'add':
        this.cart.push(this.product!)
        this.emit('add_to_cart', 'add-to-cart', time)
        break
      case 'remove':
        this.product = this.cart.pop()!
        this.emit('remove_from_cart', 'remove-item', time)
        break
      default:
        this.view(this.doing, time)
    }
  }

  private whatNext(): Step | 'leave' {
    const { random } = this.world
    if (this.doing === 'click' || this.doing === 'result') return this.target
    const chosen: Step | 'leave' = next[this.doing].pick(random)
    if ((chosen === 'cart' || chosen === 'remove') && this.cart.length === 0) return 'category'
    if (chosen === 'result' && !this.search!.found) return 'search'
    return chosen
  }

  /** A bot reads the pages of products, about twenty. */
  private whereNextAsBot(): Step | 'leave' {
    this.product = null
    return this.world.random.below(20) > 0 ? 'product' : 'leave'
  }

  private goThroughTunnel(): number {
    this.tunnel -= 1
    this.product = null
    this.doing = this.tunnel === 1 ? 'home' : 'category'
    return halfTunnelMs + this.world.random.below(60_000)
  }

  private view(page: Page, time: string): void {
    const { random, shop } = this.world
    if (page === 'category') this.category = shop.categories.pick(random)
    if (page === 'product') this.product ??= this.someProduct()
    else this.product = null
    this.url = `${site}${this.pathOf(page)}${this.parameters}`
    this.parameters = ''
    this.emit('page_view', null, time)
  }

  private pathOf(page: Page): string {
    switch (page) {
      case 'home':
        return '/'
      case 'category':
        return `/categories/${this.category.pick(this.world.random).category.toLowerCase()}`
      case 'product':
        return `/products/${this.product!.id}`
      case 'cart':
        return '/cart'
      case 'help':
        return `/help/${helpPages.pick(this.world.random)}`
    }
  }

  private click(time: string): void {
    const link = links.pick(this.world.random)
    this.target = targets[link]
    this.product = link === 'product-card' ? this.someProduct() : null
    this.emit('click', link, time)
  }

  private someProduct(): Product {
    const { random, shop } = this.world
    return (random.below(100) < 70 ? this.category : shop.popular).pick(random)
  }

  private searchFor(time: string): void {
    this.search = this.world.shop.searchTerms.pick(this.world.random)
    this.product = null
    const words = encodeURIComponent(JSON.parse(this.search.json) as string)
    this.url = `${site}/search?q=${words.replaceAll('%20', '+')}`
    this.emit('search', 'search-box', time)
  }

  private emit(type: string, element: string | null, time: string): void {
    const { random } = this.world
    const query = type === 'search' ? this.search!.json : 'null'
    const product = this.product ? `"${this.product.id}"` : 'null'
    const heldMs = this.tunnel === 1 ? halfTunnelMs + 120_000 + random.below(300_000) : 0
    this.world.emit(
      'clickstream',
      this.visitor!.userId,
      `{"event_id":"${random.uuid()}",${this.who},"event_type":"${type}","page_url":"${this.url}","element":${element === null ? 'null' : `"${element}"`},"product_id":${product},"search_query":${query},${this.origin},"event_time":"${time}"}`,
      heldMs,
    )
  }
}
