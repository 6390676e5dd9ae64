import { describe, expect, it } from 'vitest'
import { events, parsed } from './support.ts'

interface Mail {
  event_id: string
  customer_id: string
  campaign_id: string
  type_event: string
  event_date: string
  gender: string
  email: string
  user_agent: string | null
  country: string
  city: string
  state: string | null
  product_id: string | null
}
interface Customer {
  customer_id: string
  email: string
  gender: string
  country: string
  city: string
  state: string | null
}
interface Campaign {
  campaign_id: string
  name: string
  start_date: string
  end_date: string
  product_ids: string[]
}

const domains = 'marketing'
const clean = { late: 0, duplicates: 0 }
const list = events({ domains, ...clean, events: 60_000, rate: 100, users: 12_000 })
const mails = parsed<Mail>(list, 'marketing-events')
const customers = parsed<Customer>(list, 'marketing-customers')
const campaigns = parsed<Campaign>(list, 'marketing-campaigns')
const ofType = (type: string) => mails.filter((mail) => mail.type_event === type)
const count = (type: string) => ofType(type).length

/** How many of each type a customer had of a campaign, before each event. */
function* histories() {
  const known = new Map<string, Record<string, number>>()
  for (const mail of mails) {
    const key = `${mail.customer_id} ${mail.campaign_id}`
    const before = known.get(key) ?? {}
    yield { mail, before }
    known.set(key, { ...before, [mail.type_event]: (before[mail.type_event] ?? 0) + 1 })
  }
}

describe('a mail', () => {
  it('is clicked only after it was opened, and once for each time', () => {
    for (const { mail, before } of histories()) {
      if (mail.type_event !== 'CLICKED') continue
      expect(before.OPENED ?? 0).toBeGreaterThan(before.CLICKED ?? 0)
    }
  })

  it('is opened after it was delivered, but for a few whose delivery nobody reported', () => {
    let opened = 0
    let without = 0
    for (const { mail, before } of histories()) {
      if (mail.type_event !== 'OPENED' || before.OPENED) continue
      opened += 1
      if (!before.DELIVERED) without += 1
    }
    expect(without).toBeGreaterThan(0)
    expect(without / opened).toBeLessThan(0.02)
  })

  it('is delivered or bounces after it was sent', () => {
    for (const { mail, before } of histories()) {
      if (mail.type_event !== 'DELIVERED' && mail.type_event !== 'HARD_BOUNCE') continue
      const heard = (before.DELIVERED ?? 0) + (before.HARD_BOUNCE ?? 0)
      if ((before.SENT ?? 0) <= heard) expect.fail(`never sent: ${JSON.stringify(mail)}`)
    }
  })

  it('meets each fate about as often as mails do', () => {
    expect(count('DELIVERED') / count('SENT')).toBeCloseTo(0.97, 1.7)
    expect(count('HARD_BOUNCE') / count('SENT')).toBeCloseTo(0.02, 1.7)
    const openRate = count('OPENED') / count('DELIVERED')
    expect(openRate).toBeGreaterThan(0.2)
    expect(openRate).toBeLessThan(0.6)
    const clicksPerOpen = count('CLICKED') / count('OPENED')
    expect(clicksPerOpen).toBeGreaterThan(0.1)
    expect(clicksPerOpen).toBeLessThan(0.35)
    expect(count('SPAM') / count('DELIVERED')).toBeLessThan(0.02)
    expect(count('FORWARDED')).toBeGreaterThan(0)
  })

  it('names a product that its campaign advertised, only when it was clicked', () => {
    const advertised = new Set(
      campaigns.flatMap((one) => one.product_ids.map((id) => `${one.campaign_id} ${id}`)),
    )
    const strange = mails.filter(({ type_event, campaign_id, product_id }) =>
      type_event === 'CLICKED'
        ? !advertised.has(`${campaign_id} ${product_id}`)
        : product_id !== null,
    )
    expect(strange).toEqual([])
  })

  it('has a user agent when a person did something, and none when a server did', () => {
    const servers = ['SENT', 'DELIVERED', 'HARD_BOUNCE']
    const strange = mails.filter(
      ({ type_event, user_agent }) => servers.includes(type_event) !== (user_agent === null),
    )
    expect(strange).toEqual([])
    expect(new Set(ofType('OPENED').map((mail) => mail.user_agent)).size).toBeGreaterThan(20)
  })

  it('tells of its customer what the reference data tells', () => {
    const known = new Map(customers.map((customer) => [customer.customer_id, customer]))
    for (const { customer_id, email, gender, country, city, state } of mails.slice(0, 5_000)) {
      expect(known.get(customer_id)).toMatchObject({ email, gender, country, city, state })
    }
  })

  it('is mostly of the campaign whose turn it is, so that mails go out in bursts', () => {
    const first = ofType('SENT').filter((mail) => mail.event_date < '2026-03-02T12:03')
    const byCampaign = new Map<string, number>()
    for (const { campaign_id } of first) {
      byCampaign.set(campaign_id, (byCampaign.get(campaign_id) ?? 0) + 1)
    }
    expect(Math.max(...byCampaign.values()) / first.length).toBeGreaterThan(0.5)
    expect(byCampaign.size).toBeGreaterThan(10)
  })

  it('is sent on working days, in the morning rather than at night', () => {
    const fromFriday = { start: '2026-03-06T00:00:00Z', rate: 0.2, events: 40_000, rhythm: true }
    const sent = parsed<Mail>(
      events({ domains, ...clean, ...fromFriday, users: 100 }),
      'marketing-events',
    ).filter((mail) => mail.type_event === 'SENT')
    const count = (part: string) => sent.filter((mail) => mail.event_date.includes(part)).length
    expect(count('T08:')).toBeGreaterThan(3 * count('T23:'))
    expect(count('-03-06T')).toBeGreaterThan(1.5 * count('-03-07T'))
    expect(count('-03-07T')).toBeGreaterThan(100)
  })
})

describe('the reference data', () => {
  const topics = ['marketing-products', 'marketing-customers', 'marketing-campaigns']

  it('comes first, whole, and is keyed by its id', () => {
    const reference = list.slice(0, 500 + 3_000)
    expect(reference.every((event) => topics.includes(event.topic))).toBe(true)
    for (const { topic, key, value } of list.filter((event) => topics.includes(event.topic))) {
      const record = JSON.parse(value as string) as Record<string, unknown>
      expect(key).toBe(record[`${topic.slice('marketing-'.length, -1)}_id`])
    }
    expect(new Set(customers.map((customer) => customer.email)).size).toBe(3_000)
  })

  it('has 12 to 30 campaigns that run, each of a name of its own', () => {
    const atStart = campaigns.slice(0, new Set(campaigns.map((one) => one.campaign_id)).size)
    expect(atStart.length).toBeGreaterThanOrEqual(12)
    expect(atStart.length).toBeLessThanOrEqual(30)
    expect(new Set(atStart.map((one) => one.name)).size).toBe(atStart.length)
    for (const { start_date, end_date } of atStart) {
      expect(start_date <= '2026-03-02' && end_date >= '2026-03-02').toBe(true)
    }
  })
})

describe('the campaigns', () => {
  const twoDays = { rate: 0.05, events: 10_000, users: 100, late: 0.5, duplicates: 0.5 }
  const versions = parsed<Campaign>(events({ domains, ...twoDays }), 'marketing-campaigns')
  const newest = new Map<string, Campaign>()
  const taken: string[] = []
  for (const version of versions) {
    const before = newest.get(version.campaign_id)?.product_ids ?? []
    taken.push(...before.filter((id) => !version.product_ids.includes(id)))
    newest.set(version.campaign_id, version)
  }

  it('take products out and others in', () => {
    expect(taken.length).toBeGreaterThan(100)
    for (const { product_ids } of versions) {
      expect(new Set(product_ids).size).toBe(product_ids.length)
      expect(product_ids.length).toBeGreaterThan(0)
    }
  })

  it('are joined by new ones', () => {
    expect([...newest.values()].some((one) => one.start_date > '2026-03-02')).toBe(true)
  })

  it('come neither late nor twice nor broken', () => {
    const all = events({ domains, ...twoDays, poison: 0.5 })
    const changes = all.filter((event) => event.topic === 'marketing-campaigns')
    expect(changes.every((event) => event.due === event.at && !event.isBroken)).toBe(true)
    expect(new Set(changes.map(({ key, at }) => `${key} ${at}`)).size).toBe(changes.length)
  })
})

it('events have exactly the fields of the contract, in its order', () => {
  const fields = (event: object | undefined) => Object.keys(event!).join(' ')
  expect(fields(mails[0])).toBe(
    'event_id customer_id campaign_id type_event event_date gender email user_agent country city state product_id',
  )
  expect(fields(campaigns[0])).toBe('campaign_id name start_date end_date product_ids')
  expect(fields(customers[0])).toBe(
    'customer_id first_name last_name gender email country city state',
  )
})
