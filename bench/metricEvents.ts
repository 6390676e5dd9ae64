import type { GeneratedEvent } from '../generator/generate.ts'
import { isoTimeWriter } from '../generator/isoTime.ts'
import { Random } from '../generator/random.ts'
import { choice, skewed, weighted, type Weighted } from '../generator/weighted.ts'

export const topic = { topic: 'shop-events', partitions: 4, isCompacted: false }

const users = 200_000
const products = 20_000
const types = choice({ view: 90, cart: 5, purchase: 4, remove_from_cart: 1 })
const countries = choice({ DE: 20, US: 30, BR: 10, IN: 15, FR: 10, GB: 15 })
const referrers = weighted(['', 'https://google.com/', 'https://mail.example/'], [5, 4, 1])
const categories = ['electronics.phone', 'computers.notebook', 'apparel.shoes', 'auto.tyres']
const brands = ['samsung', 'apple', 'xiaomi', 'huawei', 'lenovo', 'nokian', 'bosch']
const agents = weighted(
  [
    { device: 'mobile', agent: 'Mozilla/5.0 (iPhone) Safari/604' },
    { device: 'mobile', agent: 'Mozilla/5.0 (Android) Firefox/140' },
    { device: 'desktop', agent: 'Mozilla/5.0 (Windows) Chrome/137' },
  ],
  [4, 3, 3],
)

interface Product {
  id: string
  /** What all events of the product share, as JSON. */
  json: string
}

/**
 * Makes events of 395 bytes on average, the same ones each time: what happened at a time (ms), to a user of the 200,000
 * or the one given. Few users and products have most of them.
 */
export function metricEvents(): (at: number, user?: string) => GeneratedEvent {
  const random = new Random(1, 'metrics')
  const user = skewed(
    Array.from({ length: users }, (_, index) => `u${String(index).padStart(6, '0')}`),
    random,
  )
  const product = createProducts(random)
  const isoTime = isoTimeWriter()
  return (at, key = user.pick(random)) => {
    const { id, json } = product.pick(random)
    const { device, agent } = agents.pick(random)
    const session = `${key}-${Math.floor(at / 1_800_000)}`
    const value = `{"event_id":"${random.uuid()}","event_type":"${types.pick(random)}","event_time":"${isoTime(at)}","user_id":"${key}","session_id":"${session}",${json},"page_url":"https://shop.example/${id}","referrer":"${referrers.pick(random)}","country":"${countries.pick(random)}","device":"${device}","user_agent":"${agent}"}`
    return { topic: topic.topic, key, value, at, due: at, isBroken: false }
  }
}

function createProducts(random: Random): Weighted<Product> {
  const catalogue = Array.from({ length: products }, (_, index) => {
    const id = `p${String(index).padStart(5, '0')}`
    const category = categories[random.below(categories.length)]!
    const brand = brands[random.below(brands.length)]!
    const price = (100 + random.below(100_000)) / 100
    const json = `"product_id":"${id}","category_code":"${category}","brand":"${brand}","price":${price}`
    return { id, json }
  })
  return skewed(catalogue, random)
}
