import type { Actor, Domain, World } from './domain.ts'
import type { Person } from './people.ts'
import { placesAtHome } from './places.ts'
import type { Place } from './places.ts'
import { moneyJson } from './shop.ts'
import type { Product } from './shop.ts'
import { choice, weighted } from './weighted.ts'
import type { Weighted } from './weighted.ts'

const basketSizes = weighted([1, 2, 3, 4, 5], [52, 26, 12, 6, 4])
/** What is taken off the price, in percent. */
const discounts = choice({ 0: 78, 10: 12, 20: 7, 50: 3 })
const pauseSeconds = 9

/**
 * A retail register: one event for each thing sold, with the customer and the card it was paid with. It has no time:
 * that is Kafka's. An item that is scanned twice is two sales, each with an id of its own.
 */
export const sales: Domain = {
  name: 'sales',
  topics: [{ topic: 'sales_topic', partitions: 4, isCompacted: false, isTimedByKafka: true }],
  eventsPerActor: 1.84,
  reference: () => [],
  begin: (world, haste) => new Receipt(world, haste),
}

/** What one customer buys at a register, item by item. */
class Receipt implements Actor {
  private readonly world: World
  private readonly haste: number
  private left: number
  /** The fields of the customer, before and after those of the sale, as JSON. */
  private readonly payer: string
  private readonly buyer: string
  private readonly category: Weighted<Product>
  /** Some registers write prices as text, with a currency sign. */
  private readonly isPriceText: boolean

  constructor(world: World, haste: number) {
    const { shop, random } = world
    this.world = world
    this.haste = haste
    this.left = basketSizes.pick(random)
    const { place, person } = someBuyer(world)
    const { firstName, lastName, email, card, jobTitle, street } = person
    this.payer = `"first_name":${JSON.stringify(firstName)},"last_name":${JSON.stringify(lastName)},"email":"${email}","credit_card_company":"${card.company}","credit_card_number":"${card.number}","credit_card_expiration_date":"${card.expires}"`
    this.buyer = `"job_title":"${jobTitle}","zipcode":"${place.zipcode}","state":"${place.state}","city":"${place.city}","street":${JSON.stringify(street)}`
    this.category = shop.categories.pick(random)
    this.isPriceText = random.below(100) < 30
  }

  step(): number {
    const { random, shop } = this.world
    const product = (random.below(100) < 60 ? this.category : shop.popular).pick(random)
    const off = Number(discounts.pick(random))
    const saleId = random.uuid()
    const sale = this.price(Math.round((product.cents * (100 - off)) / 100))
    const cost = this.price(product.costCents)
    this.world.emit(
      'sales_topic',
      saleId,
      `{${this.payer},"category":"${product.category}","sale_id":"${saleId}","product_name":${JSON.stringify(product.name)},"sale_price":${sale},"cost_price":${cost},${this.buyer}}`,
    )
    this.left -= 1
    if (this.left === 0) return -1
    return 1 + Math.floor(random.spread() * pauseSeconds * 1000 * this.haste)
  }

  private price(cents: number): string {
    return this.isPriceText ? `"$${(cents / 100).toFixed(2)}"` : moneyJson(cents)
  }
}

/** Somebody who lives where the registers are; or, of a few people who all live abroad, somebody on a journey. */
function someBuyer({ shop, random }: World): { person: Person; place: Place } {
  for (let tries = 0; tries < 50; tries++) {
    const person = shop.personOf(shop.customers.pick(random))
    if (person.place.country === 'US') return { person, place: person.place }
  }
  const person = shop.personOf(shop.customers.pick(random))
  return { person, place: placesAtHome.pick(random) }
}
