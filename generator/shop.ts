import type { Faker } from '@faker-js/faker'
// the other languages would cost every process of ours 40 MB
import { faker as words } from '@faker-js/faker/locale/en'
import { Random } from './random.ts'
import { choice, skewed, weighted } from './weighted.ts'
import type { Weighted } from './weighted.ts'
import { wares } from './wares.ts'

export interface Product {
  id: string
  name: string
  category: string
  cents: number
  /** The price as a JSON number. */
  price: string
  imageUrl: string
  /** What is often bought with it. */
  companions: Product[]
}

export interface Customer {
  id: string
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
  customers: Weighted<Customer>
  popular: Weighted<Product>
  /** The products of each category, the bigger categories more often. */
  categories: Weighted<Weighted<Product>>
  searchTerms: Weighted<SearchTerm>
}

export interface ShopSize {
  products: number
  users: number
}

/** Builds the shop of a seed: the same one each time, as long as faker's word lists stay the same. */
export function createShop(seed: number, size: ShopSize): Shop {
  const random = new Random(seed, 'shop')
  words.seed(seed)
  const catalogue = Array.from({ length: size.products }, (_, index) => {
    const [category, goods, cheapest, dearest] = wares[random.below(wares.length)]!
    const noun = goods[random.below(goods.length)]!
    const product = createProduct(
      index + 1,
      category,
      noun,
      priced(cheapest, dearest, random),
      words,
    )
    return { product, noun }
  })
  const products = catalogue.map(({ product }) => product)
  const popular = skewed(products, random)
  for (const product of products) {
    product.companions = Array.from({ length: 3 }, () => popular.pick(random))
  }
  return {
    products,
    customers: skewed(createCustomers(size.users, random), random),
    popular,
    categories: byCategory(products, random),
    searchTerms: createSearchTerms(catalogue, random),
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
    name: `${words.commerce.productAdjective()} ${noun}, ${words.color.human()}`,
    category,
    cents,
    price: moneyJson(cents),
    imageUrl: `https://images.shop.example/${id}.jpg`,
    companions: [],
  }
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

/** Searches for what there is, by kind and by kind and category, and now and then for what nobody sells. */
function createSearchTerms(
  catalogue: { product: Product; noun: string }[],
  random: Random,
): Weighted<SearchTerm> {
  const terms: SearchTerm[] = []
  for (const [noun, group] of groupedBy(catalogue, (entry) => entry.noun.toLowerCase())) {
    const found = group.map(({ product }) => product)
    terms.push(searchTerm(noun, found, random))
    for (const [colour, sameColour] of groupedBy(found, colourOf)) {
      terms.push(searchTerm(`${colour} ${noun}`, sameColour, random))
    }
    terms.push({ json: JSON.stringify(`${noun} under 1 €`), found: null, results: 0 })
  }
  return weighted(
    terms,
    terms.map((term) => term.results + 1),
  )
}

function searchTerm(text: string, found: Product[], random: Random): SearchTerm {
  return { json: JSON.stringify(text), found: skewed(found, random), results: found.length }
}

function colourOf(product: Product): string {
  return product.name.slice(product.name.lastIndexOf(',') + 2)
}

function groupedBy<Thing>(things: readonly Thing[], key: (thing: Thing) => string) {
  const groups = new Map<string, Thing[]>()
  for (const thing of things) {
    const group = groups.get(key(thing))
    if (group) group.push(thing)
    else groups.set(key(thing), [thing])
  }
  return groups
}

/** Cents as a JSON number: 1230 becomes 12.3. The nearest double prints as the exact amount up to 2^53 cents. */
export function moneyJson(cents: number): string {
  return String(cents / 100)
}

export function fourDigits(random: Random): string {
  return String(random.below(10_000)).padStart(4, '0')
}
