import { describe, expect, it } from 'vitest'
import { groupedBy } from '../../generator/groupedBy.ts'
import { events, parsed, startMs } from './support.ts'
import type { Parsed } from './support.ts'

interface Click extends Parsed {
  event_type: string
  page_url: string
  element: string | null
  product_id: string | null
  search_query: string | null
  referrer: string | null
  ip: string
}

const domains = 'clickstream'
const clean = { late: 0, duplicates: 0, poison: 0 }
const list = events({ domains, ...clean, events: 50_000, rate: 50 })
const clicks = parsed<Click>(list, 'clickstream')
const visits = [...groupedBy(clicks, (click) => click.session_id).values()]

describe('a visit', () => {
  it('begins with a page, and is of one user with one browser and one origin', () => {
    const shared = ['user_id', 'ip', 'country', 'user_agent', 'referrer']
    const strange = visits.filter(
      ([first, ...others]) =>
        first!.event_type !== 'page_view' ||
        others.some((click) => shared.some((field) => click[field] !== first![field])),
    )
    expect(strange).toEqual([])
  })

  it('names its link in the address of the page it landed on, and on no other', () => {
    const isNamed = ({ page_url }: Click) => page_url.includes('utm_source=')
    const elsewhere = visits.filter(([landing, ...others]) =>
      others.some((click) => isNamed(click) && click.page_url !== landing!.page_url),
    )
    expect(elsewhere).toEqual([])
    const landed = visits.filter(([landing]) => isNamed(landing!)).length
    expect(landed / visits.length).toBeGreaterThan(0.1)
    expect(landed / visits.length).toBeLessThan(0.4)
  })

  it('puts into the cart what it looks at, and takes out only what is in it', () => {
    for (const visit of visits) {
      const cart: (string | null)[] = []
      for (const { event_type, product_id, page_url } of visit) {
        if (event_type === 'add_to_cart') {
          expect(page_url).toContain(`/products/${product_id}`)
          cart.push(product_id)
        }
        if (event_type !== 'remove_from_cart') continue
        expect(cart).toContain(product_id)
        cart.splice(cart.indexOf(product_id), 1)
      }
    }
  })

  it('clicks on a result only of a search', () => {
    const strange = visits.filter((visit) =>
      visit.some(
        ({ element }, place) =>
          element === 'search-result' && visit[place - 1]!.event_type !== 'search',
      ),
    )
    expect(strange).toEqual([])
  })

  it('is over after one page about as often as on other sites', () => {
    const bounced = visits.filter((visit) => visit.length === 1).length / visits.length
    expect(bounced).toBeGreaterThan(0.25)
    expect(bounced).toBeLessThan(0.5)
  })

  it('comes directly, from search engines, from networks and from mails', () => {
    const hosts = new Set(visits.map(([first]) => first!.referrer && new URL(first!.referrer).host))
    expect([...hosts]).toEqual(
      expect.arrayContaining([null, 'www.google.com', 'l.facebook.com', 'newsletter.shop.example']),
    )
  })
})

describe('a visit through a tunnel', () => {
  const tunnels = (late: number) => {
    const of = events({ domains, ...clean, late, events: 50_000, rate: 5 })
    const bySession = groupedBy(
      of.map(({ value, at, due }) => ({ ...(JSON.parse(value as string) as Click), at, due })),
      (click) => click.session_id,
    )
    return [...bySession.values()].map((visit) => visit.toSorted((a, b) => a.at - b.at))
  }
  const gap = 30 * 60_000

  it('has two halves that are more than half an hour apart until its middle arrives', () => {
    let joined = 0
    for (const visit of tunnels(0.0001)) {
      for (const [place, click] of visit.entries()) {
        const before = visit[place - 1]
        const after = visit[place + 1]
        if (!before || !after || click.due <= after.due) continue
        expect(after.at - before.at).toBeGreaterThan(gap)
        expect(click.at - before.at).toBeLessThan(gap)
        expect(after.at - click.at).toBeLessThan(gap)
        joined += 1
      }
    }
    expect(joined).toBeGreaterThan(30)
  })

  it('sends all in time when nothing shall be late', () => {
    expect(tunnels(0).every((visit) => visit.every((click) => click.due === click.at))).toBe(true)
  })
})

describe('the traffic', () => {
  it('has a few minutes of several times the rate, once in ninety minutes', () => {
    const perMinute = new Map<number, number>()
    for (const { at } of events({ domains, ...clean, events: 60_000, rate: 2.5 })) {
      const minute = Math.floor((at - startMs) / 60_000)
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1)
    }
    const sorted = [...perMinute.values()].toSorted((a, b) => a - b)
    const usual = sorted[Math.floor(sorted.length / 2)]!
    const slots = perMinute.size / 90
    const unusual = sorted.filter((count) => count > 2.5 * usual).length / slots
    expect(unusual).toBeGreaterThan(1.5)
    expect(unusual).toBeLessThan(6)
  })
})

describe('what is clicked in a mail', () => {
  it('is visited next: that product, with the name of that campaign, by that customer if logged in', () => {
    const both = events({
      domains: 'marketing,clickstream',
      ...clean,
      events: 60_000,
      rate: 50,
      users: 2_000,
    })
    interface Mail {
      type_event: string
      customer_id: string
      campaign_id: string
      product_id: string
      event_date: string
    }
    interface Campaign {
      campaign_id: string
      name: string
    }
    const names = new Map(
      parsed<Campaign>(both, 'marketing-campaigns').map((one) => [one.campaign_id, one.name]),
    )
    const landed = new Map<string, string[]>()
    for (const { user_id, page_url, event_time } of parsed<Click>(both, 'clickstream')) {
      if (!page_url.includes('utm_medium=email')) continue
      const key = `${user_id.startsWith('u') ? user_id : 'unknown'} ${page_url}`
      landed.set(key, [...(landed.get(key) ?? []), event_time])
    }
    const clicked = parsed<Mail>(both, 'marketing-events').filter(
      (mail) => mail.type_event === 'CLICKED',
    )
    expect(clicked.length).toBeGreaterThan(500)
    const followed = clicked.filter(({ customer_id, campaign_id, product_id, event_date }) => {
      const slug = names.get(campaign_id)!.toLowerCase().replaceAll(/\W+/g, '-')
      const url = `https://shop.example/products/${product_id}?utm_source=newsletter&utm_medium=email&utm_campaign=${slug}`
      const visits = [`${customer_id} ${url}`, `unknown ${url}`].flatMap(
        (key) => landed.get(key) ?? [],
      )
      return visits.some((time) => time >= event_date)
    })
    // the last ones have not come yet
    expect(followed.length / clicked.length).toBeGreaterThan(0.99)
    const byName = clicked.filter(({ customer_id }) =>
      [...landed.keys()].some((key) => key.startsWith(`${customer_id} `)),
    )
    expect(byName.length / clicked.length).toBeGreaterThan(0.5)
  })
})

it('a customer who came within the last hour is not known by the id again', () => {
  const often = events({ domains, ...clean, events: 30_000, rate: 2, users: 100 })
  const came = parsed<Click>(often, 'clickstream').filter((click) => click.user_id.startsWith('u'))
  let visits = 0
  for (const clicksOf of groupedBy(came, (click) => click.user_id).values()) {
    const sessions = [...groupedBy(clicksOf, (click) => click.session_id).values()]
    visits += sessions.length
    sessions.reduce((before, session) => {
      const began = Date.parse(session[0]!.event_time)
      expect(began - before).toBeGreaterThanOrEqual(3_600_000)
      return began
    }, -Infinity)
  }
  expect(visits).toBeGreaterThan(200)
})

describe('the format', () => {
  it('has exactly the fields of the contract, in its order', () => {
    expect(Object.keys(clicks[0]!).join(' ')).toBe(
      'event_id user_id session_id event_type page_url element product_id search_query referrer ip country user_agent event_time',
    )
  })

  it('has five types of events, and what belongs to each', () => {
    const strange = clicks.filter(
      ({ event_type, element, search_query, product_id }) =>
        (element === null) !== (event_type === 'page_view') ||
        (search_query !== null) !== (event_type === 'search') ||
        (event_type.endsWith('_cart') && product_id === null),
    )
    expect(strange).toEqual([])
    expect(new Set(clicks.map((click) => click.event_type)).size).toBe(5)
  })

  it('has the search, or the product, in the address of its page', () => {
    for (const { event_type, search_query, product_id, page_url } of clicks.slice(0, 5_000)) {
      const { pathname, searchParams } = new URL(page_url)
      if (event_type === 'search') expect(searchParams.get('q')).toBe(search_query)
      const isProduct = event_type === 'page_view' && product_id !== null
      expect(isProduct).toBe(event_type === 'page_view' && pathname.startsWith('/products/'))
      if (isProduct) expect(pathname).toBe(`/products/${product_id}`)
    }
  })

  it('has addresses that belong to nobody', () => {
    const nobody = /^(10\.\d+|192\.0\.2|198\.51\.100|203\.0\.113)\./
    expect(clicks.filter(({ ip }) => !nobody.test(ip))).toEqual([])
  })

  it('is keyed by user: customers, and many who are unknown', () => {
    expect(list.map((event) => event.key)).toEqual(clicks.map((click) => click.user_id))
    const known = visits.filter(([first]) => first!.user_id.startsWith('u')).length
    expect(known / visits.length).toBeCloseTo(0.2, 1.5)
  })
})
