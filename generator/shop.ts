import type { Faker } from '@faker-js/faker'
// the other languages would cost every process of ours 40 MB
import { faker as words } from '@faker-js/faker/locale/en'
import { Campaigns } from './campaigns.ts'
import { groupedBy } from './groupedBy.ts'
import { createPeople } from './people.ts'
import type { Person } from './people.ts'
import { pictureOf } from './pictureOf.ts'
import { Random } from './random.ts'
import { createSearchTerms } from './searchTerms.ts'
import { choice, skewed, weighted } from './weighted.ts'
import type { Weighted } from './weighted.ts'
import { wares } from './wares.ts'

export interface Product {
  /** `p00012`, and 12. */
  id: string
  no: number
  name: string
  category: string
  /** What kind of thing it is, such as Chair. */
  noun: string
  cents: number
  /** What the shop paid for it. */
  costCents: number
  /** The price as a JSON number. */
  price: string
  imageUrl: string
  /** What is often bought with it. */
  companions: Product[]
}

export interface Customer {
  /** `u000012`, and 12. */
  id: string
  no: number
  device: string
  cardLast4: string
}

export interface SearchTerm {
  /** As a JSON string, quotes included. */
  json: string
  found: Weighted<Product> | null
  results: number
}

/** The one shop that all domains tell about: its catalogue, its customers, and how popular each is. */
export interface Shop {
  products: readonly Product[]
  /** Some come much more often than others. */
  customers: Weighted<Customer>
  everyone: readonly Customer[]
  /** Those who get mails: one in four. */
  subscribers: readonly Customer[]
  personOf(customer: Customer): Person
  campaigns: Campaigns
  popular: Weighted<Product>
  /** The products of each category, the bigger categories more often. */
  categories: Weighted<Weighted<Product>>
  searchTerms: Weighted<SearchTerm>
}

export interface ShopOptions {
  products: number
  users: number
  /** Live events begin here, and those of the past so long before it: the campaigns are those of that time. */
  start: number
  history: number
}

/** Builds the shop of a seed: the same one each time, as long as faker's word lists stay the same. */
export function createShop(seed: number, options: ShopOptions): Shop {
  const random = new Random(seed, 'shop')
  words.seed(seed)
  const products = Array.from({ length: options.products }, (_, index) => {
    const [category, goods, cheapest, dearest] = wares[random.below(wares.length)]!
    const noun = goods[random.below(goods.length)]!
    return createProduct(index + 1, category, noun, priced(cheapest, dearest, random), words)
  })
  const popular = skewed(products, random)
  for (const product of products) {
    product.companions = Array.from({ length: 3 }, () => popular.pick(random))
  }
  const everyone = createCustomers(options.users, random)
  return {
    products,
    customers: skewed(everyone, random),
    everyone,
    subscribers: everyone.filter((customer) => customer.no % 4 === 1),
    personOf: createPeople(seed),
    campaigns: new Campaigns(seed, products, options.start - options.history),
    popular,
    categories: byCategory(products, random),
    searchTerms: createSearchTerms(products, random),
  }
}

function createProduct(
  no: number,
  category: string,
  noun: string,
  cents: number,
  words: Faker,
): Product {
  const id = `p${String(no).padStart(5, '0')}`
  return {
    id,
    no,
    name: `${words.commerce.productAdjective()} ${noun}, ${words.color.human()}`,
    category,
    noun,
    cents,
    costCents: Math.round((cents * (52 + ((no * 37) % 31))) / 100),
    price: moneyJson(cents),
    imageUrl: pictureOf(no, noun),
    companions: [],
  }
}

/** A product as the topics of the catalogue have it. */
export function productJson({ id, name, category, price, imageUrl }: Product): string {
  return `{"product_id":"${id}","name":${JSON.stringify(name)},"category":"${category}","price":${price},"image_url":"${imageUrl}"}`
}

/** Cheap things are many, dear ones few; prices end in 9 cents or so, as they do. */
function priced(cheapest: number, dearest: number, random: Random): number {
  const part = random.fraction() * random.fraction() * random.fraction()
  const cents = cheapest + Math.floor(part * (dearest - cheapest))
  return cents - (cents % 10) + weightedEnding.pick(random)
}

const weightedEnding = weighted([9, 5, 0, 4], [60, 20, 15, 5])
const devices = choice({ mobile: 58, desktop: 34, tablet: 8 })

function createCustomers(count: number, random: Random): Customer[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `u${String(index + 1).padStart(6, '0')}`,
    no: index + 1,
    device: devices.pick(random),
    cardLast4: fourDigits(random),
  }))
}

function byCategory(products: Product[], random: Random): Weighted<Weighted<Product>> {
  const groups = [...groupedBy(products, (product) => product.category).values()]
  return weighted(
    groups.map((group) => skewed(group, random)),
    groups.map((group) => group.length),
  )
}

/** Cents as a JSON number: 1230 becomes 12.3. The nearest double prints as the exact amount up to 2^53 cents. */
export function moneyJson(cents: number): string {
  return String(cents / 100)
}

export function fourDigits(random: Random): string {
  return String(random.below(10_000)).padStart(4, '0')
}
