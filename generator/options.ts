import { z } from 'zod'
import { UserError } from '../cli/userError.ts'
import { domains } from './domains.ts'

const names = domains.map((domain) => domain.name)

const share = z.coerce
  .number({ error: 'expected a share from 0 to 1, such as 0.02' })
  .min(0, 'expected a share from 0 to 1, such as 0.02')
  .max(1, 'expected a share from 0 to 1, such as 0.02')

const perSecond = z.coerce
  .number({ error: 'expected events per second, such as 500' })
  .positive('expected more than 0 events per second')
  .max(10_000_000, 'expected at most 10000000 events per second')

const count = (most: number) => {
  const error = `expected a whole number from 1 to ${most}`
  return z.coerce.number({ error }).int(error).min(1, error).max(most, error)
}

const time = z.union(
  [z.int(), z.string().transform(parseTime)],
  'expected a time with its zone, such as 2026-03-01T00:00:00Z',
)
const duration = z.union(
  [z.int().min(0), z.string().transform(parseDuration)],
  'expected a duration, such as 90s, 30m, 6h or 7d',
)

const schema = z.strictObject({
  /** Which domains take part; names, or one text with commas. */
  domains: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value),
      z.array(z.enum(names, `expected one or more of ${names.join(', ')}`)).min(1),
    )
    .default(names),
  seed: z.coerce
    .number({ error: 'expected a whole number' })
    .int('expected a whole number')
    .min(0, 'expected 0 or more')
    .default(1),
  /** The event time at which live events begin: ISO text or milliseconds. */
  start: time,
  /** Ends after this many, reference data, repeated and broken ones included; without it there is no end. */
  events: count(1_000_000_000_000).optional(),
  /** Events per second of event time, in all. */
  rate: perSecond.default(500),
  /** Milliseconds, or text such as 7d, of events before the start, at a rate of their own. */
  history: duration.default(0),
  historyRate: perSecond.default(2),
  /** How much faster than the clock events are sent, when they are paced: 60 plays an hour in a minute. */
  speed: z.coerce
    .number({ error: 'expected a factor, such as 60' })
    .positive('expected a factor of more than 0, such as 60')
    .max(1_000_000, 'expected a factor of at most 1000000')
    .default(1),
  /** Whether hours and weekdays differ; else the rate is the same at all times. */
  rhythm: z.boolean().default(true),
  late: share.default(0.02),
  duplicates: share.default(0.01),
  poison: share.default(0.001),
  users: count(999_999).default(20_000),
  products: count(99_999).default(500),
})

/** What `generate` takes, as a person may write it; what is left out has a default, but for `start`. */
export type GenerateInput = z.input<typeof schema>
/** The same, checked and complete; times in ms. */
export type GenerateOptions = z.output<typeof schema>

/** Checks and completes the options. Throws one UserError that names every problem. */
export function generateOptions(input: {
  [Name in keyof GenerateInput]?: unknown
}): GenerateOptions {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? '')
    const found = name ? `${name} is ${JSON.stringify(input[name as keyof GenerateInput])}: ` : ''
    return `  ${found}${issue.message}`
  })
  throw new UserError(`The generator's options are not right:\n${problems.join('\n')}`)
}

function parseTime(text: string, context: z.RefinementCtx): number {
  const ms = Date.parse(text)
  const isComplete = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text)
  return isComplete && !Number.isNaN(ms) ? ms : refuse(context)
}

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function parseDuration(text: string, context: z.RefinementCtx): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? []
  return amount && unit ? Math.round(Number(amount) * unitMs[unit]!) : refuse(context)
}

/** The union that this is part of has the message. */
function refuse(context: z.RefinementCtx): never {
  context.addIssue({ code: 'custom', continue: false })
  return z.NEVER
}
