import { changeMs } from './campaigns.ts'
import type { Campaign } from './campaigns.ts'
import type { Actor, Domain, Message, World } from './domain.ts'
import { productJson } from './shop.ts'
import type { Customer, Shop } from './shop.ts'
import { choice } from './weighted.ts'

type Stage = keyof typeof next

/** What becomes of a mail, in parts of a thousand. The end is that nothing more is heard of it. */
const next = {
  // now and then a mailbox reports no delivery, and yet the mail is opened
  SENT: choice({ DELIVERED: 972, HARD_BOUNCE: 18, OPENED: 3, end: 7 }),
  DELIVERED: choice({ OPENED: 520, SPAM: 5, end: 475 }),
  OPENED: choice({ CLICKED: 270, OPENED: 110, FORWARDED: 25, SPAM: 5, end: 590 }),
  // a second click needs the mail opened again: so clicks are never more than opens
  CLICKED: choice({ OPENED: 220, FORWARDED: 40, end: 740 }),
  FORWARDED: choice({ OPENED: 50, end: 950 }),
  HARD_BOUNCE: choice({ end: 1 }),
  SPAM: choice({ end: 1 }),
}

/** Seconds until what comes after it, on average. */
const pauseSeconds: Record<Stage, number> = {
  SENT: 3,
  DELIVERED: 300,
  OPENED: 35,
  CLICKED: 120,
  FORWARDED: 400,
  HARD_BOUNCE: 0,
  SPAM: 0,
}

/** Mails by hour of the day, UTC: most leave in the morning. */
const byHour = [
  34, 30, 30, 34, 46, 80, 150, 230, 260, 240, 190, 140, 110, 100, 100, 96, 92, 88, 84, 80, 70, 60,
  46, 38,
]
const perHour = byHour.reduce((sum, weight) => sum + weight, 0) / 24
/** From Sunday, in percent of the average: on working days. */
const byWeekday = [50, 115, 130, 125, 130, 100, 50]

/** E-mail campaigns: what is sent, delivered, opened and clicked, mail by mail. */
export const marketing: Domain = {
  name: 'marketing',
  topics: [
    { topic: 'marketing-products', partitions: 1, isCompacted: true },
    { topic: 'marketing-customers', partitions: 1, isCompacted: true },
    { topic: 'marketing-campaigns', partitions: 1, isCompacted: true },
    { topic: 'marketing-events', partitions: 4, isCompacted: false },
  ],
  eventsPerActor: 2.53,
  rhythmAt,
  reference,
  begin: (world, haste) => new Mail(world, haste),
  // a desk where the campaigns are looked after, as long as the generator runs
  attend: (world) => ({
    step(time) {
      const now = Date.parse(time)
      for (const campaign of world.shop.campaigns.changeTo(now)) {
        world.emit('marketing-campaigns', campaign.id, campaignJson(campaign))
      }
      return changeMs - (now % changeMs)
    },
  }),
}

function rhythmAt(ms: number): number {
  const time = new Date(ms)
  return ((byHour[time.getUTCHours()]! / perHour) * byWeekday[time.getUTCDay()]!) / 100
}

function* reference(shop: Shop): Generator<Message> {
  for (const product of shop.products) {
    yield { topic: 'marketing-products', key: product.id, value: productJson(product) }
  }
  for (const customer of shop.subscribers) {
    yield { topic: 'marketing-customers', key: customer.id, value: customerJson(shop, customer) }
  }
  for (const campaign of shop.campaigns.running) {
    yield { topic: 'marketing-campaigns', key: campaign.id, value: campaignJson(campaign) }
  }
}

function customerJson(shop: Shop, customer: Customer): string {
  const { firstName, lastName, gender, email, place } = shop.personOf(customer)
  return JSON.stringify({
    customer_id: customer.id,
    first_name: firstName,
    last_name: lastName,
    gender,
    email,
    country: place.country,
    city: place.city,
    state: place.state,
  })
}

function campaignJson({ id, name, startDate, endDate, products }: Campaign): string {
  return JSON.stringify({
    campaign_id: id,
    name,
    start_date: startDate,
    end_date: endDate,
    product_ids: products.map((product) => product.id),
  })
}

/** One mail of a campaign to one customer. */
class Mail implements Actor {
  private readonly world: World
  private readonly customer: Customer
  private readonly haste: number
  private campaign: Campaign | null = null
  private stage: Stage = 'SENT'

  constructor(world: World, haste: number) {
    this.world = world
    this.haste = haste
    const { subscribers } = world.shop
    this.customer = subscribers[world.random.below(subscribers.length)]!
  }

  step(time: string): number {
    const { random } = this.world
    this.campaign ??= this.chooseCampaign(time)
    this.emit(this.campaign, time)
    const pause = this.pause()
    const chosen = next[this.stage].pick(random)
    const isIgnored =
      (chosen === 'OPENED' || chosen === 'CLICKED') && random.fraction() > this.campaign.appeal
    if (chosen === 'end' || isIgnored) return -1
    this.stage = chosen
    return pause
  }

  /** Most mails are of the campaign whose turn it is: they leave in bursts. */
  private chooseCampaign(time: string): Campaign {
    const { random, shop } = this.world
    const { running } = shop.campaigns
    if (random.below(100) < 65) return shop.campaigns.onAir(Date.parse(time))
    return running[random.below(running.length)]!
  }

  /** Many open a mail within seconds, some hours later. */
  private pause(): number {
    const { random } = this.world
    const spread = this.stage === 'DELIVERED' ? random.spread() * random.spread() : random.spread()
    return 1 + Math.floor(spread * pauseSeconds[this.stage] * 1000 * this.haste)
  }

  private emit(campaign: Campaign, time: string): void {
    const { random, shop } = this.world
    const { gender, email, mailAgent, userAgent, place } = shop.personOf(this.customer)
    let agent = 'null'
    let productId = 'null'
    if (this.stage === 'CLICKED') {
      const product = campaign.products[random.below(campaign.products.length)]!
      agent = `"${userAgent}"`
      productId = `"${product.id}"`
      shop.campaigns.clicked({ customer: this.customer, campaign, product, time })
    } else if (this.stage === 'OPENED') {
      agent = `"${mailAgent}"`
    } else if (this.stage === 'FORWARDED' || this.stage === 'SPAM') {
      agent = `"${userAgent}"`
    }
    const state = place.state ? `"${place.state}"` : 'null'
    this.world.emit(
      'marketing-events',
      this.customer.id,
      `{"event_id":"${random.uuid()}","customer_id":"${this.customer.id}","campaign_id":"${campaign.id}","type_event":"${this.stage}","event_date":"${time}","gender":"${gender}","email":"${email}","user_agent":${agent},"country":"${place.country}","city":"${place.city}","state":${state},"product_id":${productId}}`,
    )
  }
}
