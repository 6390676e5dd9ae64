import { parseDecimal, printDecimal, printRatio } from './decimal.ts'
import { asFields, optional, required, type Fields } from './jsonFields.ts'
import { countDistinct, groupBy, sumBy, type Row } from './rows.ts'
import { readStorableJson } from './storableJson.ts'

/** What a till sent, in the order of storing. `at` is Kafka's time in milliseconds. */
export interface SentSale {
  value: string | Buffer
  at: number
}

interface Sale {
  at: number
  fields: Fields
  cents: bigint
  costCents: bigint
}

/** The rows of the sales models; every value as text, as `select …::text` gives it. */
export interface SalesFigures {
  broken: number
  repeated: number
  totals: Row[]
  byDay: Row[]
  byMinute: Row[]
  byCategory: Row[]
  byState: Row[]
  byCity: Row[]
  customers: Row[]
  cards: Row[]
}

/** What the sales models must show of these events, computed from their bytes alone. */
export function salesFigures(sent: SentSale[]): SalesFigures {
  const readings = sent.map(({ value, at }) => ({ at, reading: readStorableJson(bytesOf(value)) }))
  const stored = readings.flatMap(({ at, reading }) =>
    'json' in reading ? [readSale(asFields(reading.json), at)] : [],
  )
  const byId = groupBy(stored, ({ fields }) => required(fields, 'sale_id'))
  const sales = [...byId.values()].map(([first]) => first!)
  const by = (...names: string[]) => groupBy(sales, ({ fields }) => keyOf(fields, ...names))
  const all = sumBy(sales, ({ cents }) => cents)
  const timed = (unit: number) =>
    groupBy(sales, ({ at }) => new Date(at - (at % unit)).toISOString().slice(0, 16))

  return {
    broken: sent.length - stored.length,
    repeated: stored.length - sales.length,
    totals: [{ ...money(sales), orders: String(sales.length), customers: customersIn(sales) }],
    byDay: rows(timed(86_400_000), (group, day) => ({
      day,
      ...money(group),
      ...counts(group),
    })),
    byMinute: rows(timed(60_000), (group, minute) => ({
      minute,
      orders: String(group.length),
      sales: takings(group),
    })),
    byCategory: rows(by('category'), (group) => ({
      category: optional(group[0]!.fields, 'category'),
      ...money(group),
      ...counts(group),
      share: printRatio(
        sumBy(group, ({ cents }) => cents),
        all,
        4,
      ),
    })),
    byState: rows(by('state'), (group) => ({
      state: optional(group[0]!.fields, 'state'),
      ...money(group),
      ...counts(group),
    })),
    byCity: rows(by('state', 'city'), (group) => ({
      state: optional(group[0]!.fields, 'state'),
      city: optional(group[0]!.fields, 'city'),
      ...money(group),
      orders: String(group.length),
    })),
    customers: rows(by('first_name', 'last_name', 'email'), customer),
    cards: rows(by('credit_card_company'), (group) => ({
      company: optional(group[0]!.fields, 'credit_card_company'),
      orders: String(group.length),
      sales: takings(group),
      average: printRatio(
        sumBy(group, ({ cents }) => cents),
        BigInt(group.length) * 100n,
        2,
      ),
    })),
  }
}

const bytesOf = (value: string | Buffer) => Buffer.from(value as string)

function readSale(fields: Fields, at: number): Sale {
  return {
    at,
    fields,
    cents: amount(fields, 'sale_price'),
    costCents: amount(fields, 'cost_price'),
  }
}

function amount(fields: Fields, name: string): bigint {
  const cents = parseDecimal(required(fields, name).replace('$', ''), 2)
  if (cents === null) throw new Error(`${name} is no amount: the generator makes no such sale.`)
  return cents
}

function customer(group: Sale[]): Row {
  const newest = group.reduce((one, other) => (other.at >= one.at ? other : one))
  const { fields } = newest
  const spend = sumBy(group, ({ cents }) => cents)
  const favourites = [
    ...groupBy(group, (sale) => keyOf(sale.fields, 'category')).values(),
  ].toSorted(
    (one, other) =>
      other.length - one.length ||
      Number(sumBy(other, ({ cents }) => cents) - sumBy(one, ({ cents }) => cents)) ||
      (keyOf(one[0]!.fields, 'category') < keyOf(other[0]!.fields, 'category') ? -1 : 1),
  )
  return {
    email: optional(fields, 'email'),
    name: `${required(fields, 'first_name')} ${required(fields, 'last_name')}`,
    shown: `${required(fields, 'first_name')} ${[...required(fields, 'last_name')][0]}.`,
    job: optional(fields, 'job_title'),
    favourite: optional(favourites[0]![0]!.fields, 'category'),
    orders: String(group.length),
    spend: printDecimal(spend, 2),
    profit: printDecimal(spend - sumBy(group, ({ costCents }) => costCents), 2),
    last: new Date(Math.max(...group.map(({ at }) => at))).toISOString(),
  }
}

/** Sales, cost, profit and margin. */
function money(group: Sale[]): Row {
  const cents = sumBy(group, (sale) => sale.cents)
  const costCents = sumBy(group, (sale) => sale.costCents)
  return {
    sales: printDecimal(cents, 2),
    cost: printDecimal(costCents, 2),
    profit: printDecimal(cents - costCents, 2),
    margin: printRatio(cents - costCents, cents, 4),
  }
}

const takings = (group: Sale[]) =>
  printDecimal(
    sumBy(group, ({ cents }) => cents),
    2,
  )
const counts = (group: Sale[]) => ({
  orders: String(group.length),
  customers: customersIn(group),
})
const customersIn = (group: Sale[]) =>
  String(countDistinct(group, ({ fields }) => keyOf(fields, 'first_name', 'last_name', 'email')))
const keyOf = (fields: Fields, ...names: string[]) =>
  names.map((name) => optional(fields, name)).join('\n')

/** A row per group, in the order of their first two values. */
function rows(groups: Map<string, Sale[]>, row: (group: Sale[], key: string) => Row): Row[] {
  const key = (made: Row) => Object.values(made).slice(0, 2).join('\n')
  return [...groups]
    .map(([name, group]) => row(group, name))
    .toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
}
