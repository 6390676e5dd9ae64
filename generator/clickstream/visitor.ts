import type { World } from '../domain.ts'
import { ipAddress } from '../people.ts'
import { places } from '../places.ts'
import type { Customer, Shop } from '../shop.ts'
import { userAgents } from '../userAgents.ts'
import { choice } from '../weighted.ts'

export interface Visitor {
  userId: string
  isBot: boolean
  /** Address, country and browser, as JSON fields. */
  device: string
}

const kinds = choice({ anonymous: 79, customer: 20, bot: 1 })
const devices = choice({ mobile: 60, desktop: 33, tablet: 7 })
/** Who was here less than so long ago is not logged in: or at a high rate few people would make one endless visit. */
const betweenLoginsMs = 3_600_000
/** When each customer came last, by number. */
const lastLogins = new WeakMap<Shop, Map<number, number>>()

/** A customer who is logged in, somebody unknown (by a cookie, `v…`), or a bot, which keeps no cookie. */
export function someVisitor(world: World, time: string): Visitor {
  const { random, shop } = world
  const kind = kinds.pick(random)
  if (kind === 'customer') {
    return visitorOf(world, shop.everyone[random.below(shop.everyone.length)]!, time)
  }
  const isBot = kind === 'bot'
  const userAgent = userAgents[isBot ? 'bot' : devices.pick(random)]!.pick(random)
  const country = places.pick(random).country
  return { userId: cookie(world), isBot, device: deviceJson(ipAddress(random), country, userAgent) }
}

/** This customer, who is known by the id only if logged in. */
export function visitorOf(world: World, customer: Customer, time: string): Visitor {
  const { ip, place, userAgent } = world.shop.personOf(customer)
  const userId = logsIn(world.shop, customer, Date.parse(time)) ? customer.id : cookie(world)
  return { userId, isBot: false, device: deviceJson(ip, place.country, userAgent) }
}

function logsIn(shop: Shop, { no }: Customer, now: number): boolean {
  const logins = lastLogins.get(shop) ?? new Map<number, number>()
  lastLogins.set(shop, logins)
  if (Math.abs(now - (logins.get(no) ?? -Infinity)) < betweenLoginsMs) return false
  logins.set(no, now)
  return true
}

function cookie({ random }: World): string {
  return `v${(random.bits() >>> 0).toString(16).padStart(8, '0')}`
}

function deviceJson(ip: string, country: string, userAgent: string): string {
  return `"ip":"${ip}","country":"${country}","user_agent":"${userAgent}"`
}
