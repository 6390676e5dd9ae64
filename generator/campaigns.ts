import { Random } from './random.ts'
import type { Customer, Product } from './shop.ts'
import { wares } from './wares.ts'

export interface Campaign {
  /** `c13812`, and 13812. */
  id: string
  no: number
  name: string
  /** The name as the shop's links have it, in utm_campaign. */
  slug: string
  startDate: string
  endDate: string
  endsAt: number
  /** How many of those who get its mail open it, and how many of these click, against the best of all campaigns. */
  appeal: number
  /** What it advertises now. */
  products: Product[]
  /** What it advertises in turn. */
  ring: Product[]
}

/** A link that was clicked in a mail: a visit to the web site follows. */
export interface MailClick {
  customer: Customer
  campaign: Campaign
  product: Product
  time: string
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const betweenStartsMs = 36 * hourMs
const leastDays = 20
const mostDays = 40
/** Every five minutes the next campaign changes: it drops a product and takes in another one. */
export const changeMs = 5 * 60_000
const turnMs = 3 * 60_000
const mostAdvertised = 6
const ringSize = 10
/** More than ever wait for their visit when there are visits at all. */
const mostClicks = 200

const themes = [
  'Fresh Picks',
  'Weekend Deals',
  'Member Days',
  'New Arrivals',
  'Last Chance',
  'Gift Guide',
  'Staff Favourites',
  'Back in Stock',
  'Flash Sale',
  'Bundle Bonus',
  'Early Access',
  'Thank You',
]

/**
 * The campaigns that run at a time, about twenty. All of it follows from the seed and the time: a generator that is
 * started again a day later knows the same campaigns, a day older.
 */
export class Campaigns {
  running: Campaign[] = []
  private readonly seed: number
  private readonly products: readonly Product[]
  private readonly clicks: MailClick[] = []
  private now: number

  constructor(seed: number, products: readonly Product[], now: number) {
    this.seed = seed
    this.products = products
    this.now = now
    this.changeTo(now)
  }

  /** Moves on to this moment; returns the campaigns that began or changed since the last call. */
  changeTo(now: number): Campaign[] {
    const before = this.running
    this.running = []
    const changed: Campaign[] = []
    for (let no = noAt(now - mostDays * dayMs); no <= noAt(now); no++) {
      const known = before.find((campaign) => campaign.no === no)
      const campaign = known ?? this.create(no)
      if (campaign.endsAt <= now) continue
      this.running.push(campaign)
      if (known && versionAt(no, now) === versionAt(no, this.now)) continue
      advertise(campaign, versionAt(no, now))
      changed.push(campaign)
    }
    this.now = now
    return changed
  }

  /** The one whose mails go out now: they take turns of three minutes. */
  onAir(ms: number): Campaign {
    // before 1970 a turn has a number below 0
    const turn = Math.abs(Math.floor(ms / turnMs))
    return this.running[turn % this.running.length]!
  }

  /** Tells the web site that a visit will come. */
  clicked(click: MailClick): void {
    if (this.clicks.push(click) > mostClicks) this.clicks.shift()
  }

  /** The click that a visit which begins at this time came from, if there is one that fits. */
  takeClick(time: string): MailClick | undefined {
    const click = this.clicks[0]
    if (!click || click.time > time) return undefined
    return this.clicks.shift()
  }

  private create(no: number): Campaign {
    const random = new Random(this.seed, `campaign ${no}`)
    const days = leastDays + random.below(mostDays - leastDays + 1)
    const startsAt = no * betweenStartsMs
    const endsAt = startsAt + days * dayMs
    // theme and category are another pair for 120 campaigns on end
    const category = wares[(no + Math.floor(no / 60)) % wares.length]![0]
    const name = `${themes[no % themes.length]!}: ${category}`
    return {
      id: `c${String(no).padStart(5, '0')}`,
      no,
      name,
      slug: name.toLowerCase().replaceAll(/\W+/g, '-'),
      startDate: new Date(startsAt).toISOString().slice(0, 10),
      endDate: new Date(endsAt).toISOString().slice(0, 10),
      endsAt,
      appeal: 0.5 + random.fraction() / 2,
      products: [],
      ring: this.ringOf(category, random),
    }
  }

  /** Products of the category, or any if there are too few. */
  private ringOf(category: string, random: Random): Product[] {
    const own = this.products.filter((product) => product.category === category)
    const from = own.length >= ringSize ? own : this.products
    const ring = new Set<Product>()
    for (let tries = 0; tries < 4 * ringSize && ring.size < ringSize; tries++) {
      ring.add(from[random.below(from.length)]!)
    }
    return [...ring]
  }
}

const noAt = (ms: number) => Math.max(0, Math.floor(ms / betweenStartsMs))

/** How often a campaign has changed by then; campaigns take turns. */
function versionAt(no: number, ms: number): number {
  const turns = 24
  return Math.max(0, Math.floor((Math.floor(ms / changeMs) - (no % turns)) / turns))
}

function advertise(campaign: Campaign, version: number): void {
  const { ring } = campaign
  const count = Math.max(1, Math.min(mostAdvertised, ring.length - 1))
  campaign.products = Array.from(
    { length: count },
    (_, index) => ring[(version + index) % ring.length]!,
  )
}
