import type pg from 'pg'
import {
  checkAnswer,
  evaluateAlert,
  formatProblem,
  queriesOf,
  type DashboardQuery,
} from 'grafana-provisioning-schema'
import { beforeAll, describe, expect, test } from 'vitest'
import { dashboardFiles } from '../grafana/files.ts'
import { alertRules } from './alertRules.ts'
import { filledDatabase, openDashboard } from './filled.ts'

const dashboards = dashboardFiles()

let reader: pg.Client
beforeAll(async () => {
  reader = await filledDatabase()
})

describe.each(dashboards)('of $path, as grafana_reader,', ({ json }) => {
  test.each(queriesOf(json))('$where returns what is needed', async (query: DashboardQuery) => {
    const answer = await (await openDashboard(reader, json)).ask(query)
    expect(checkAnswer(json, query, answer).map(formatProblem)).toEqual([])
    if (query.kind === 'panel') {
      // Each column that is shown holds something somewhere: a panel of nulls says "No data".
      const empty = answer.fields.filter(({ name }) =>
        answer.rows.every((row) => row[name] === null),
      )
      expect(empty.map(({ name }) => name).filter((name) => !mayBeEmpty.has(name))).toEqual([])
    }
  })
})

/** Errors of models, and what is drawn only where something is out of the ordinary. */
const mayBeEmpty = new Set(['error', 'anomaly', 'unusual'])

describe('of the alert rules, as grafana_reader,', () => {
  test('there are some', () => expect(alertRules.size).toBeGreaterThan(0))

  test.each([...alertRules.values()])('"$title" is answered, with its labels', async (rule) => {
    const { instances } = await evaluateAlert(rule, (sql) => reader.query(sql))
    const texts = Object.values(rule.annotations ?? {}).join(' ')
    const labels = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, name]) => name)
    for (const instance of instances) {
      expect(Object.keys(instance.labels)).toEqual(expect.arrayContaining(labels))
    }
  })
})

describe('the figures of the panels', () => {
  const rowsOf = async (file: string, title: string, changed = {}) => {
    const { json } = dashboards.find(({ path }) => path === `dashboards/${file}.json`)!
    const query = queriesOf(json).find(({ kind, panel }) => kind === 'panel' && panel === title)!
    const { rows } = await (await openDashboard(reader, json, changed)).ask(query)
    return rows.map((row) => (column: string) => Number(row[column]))
  }
  const total = (rows: ((column: string) => number)[], column: string) =>
    rows.reduce((sum, row) => sum + row(column), 0)

  test('shares add up to 1', async () => {
    expect(total(await rowsOf('sales', 'Sales, by category'), 'share')).toBeCloseTo(1, 2)
  })

  test('the way to an order only narrows', async () => {
    const sessions = (await rowsOf('ecommerce-user-activity', 'The way to an order')).map((row) =>
      row('sessions'),
    )
    expect(sessions).toHaveLength(6)
    expect(sessions).toEqual(sessions.toSorted((a, b) => b - a))
  })

  test.each([
    ['marketing', 'Effectiveness, by campaign', ['all open rate', 'all click-through']],
    ['clickstream', 'Searches', ['click rate']],
    ['clickstream', 'Sessions per hour', ['bounce rate']],
    ['activity', 'Days', ['conversion', 'cart abandonment', 'repeat customers']],
    ['activity', 'Conversion', ['conversion', 'abandonment', 'repeat']],
    ['sales', 'Sales', ['margin']],
    ['ecommerce-hourly-sales', 'Abandoned carts', ['rate']],
    ['ecommerce-user-activity', 'The way to an order', ['of all', 'of step before']],
  ])('%s, "%s": %j lie between 0 and 1', async (file, title, columns) => {
    for (const row of await rowsOf(file, title)) {
      for (const column of columns) {
        expect(row(column)).toBeGreaterThanOrEqual(0)
        expect(row(column)).toBeLessThanOrEqual(1)
      }
    }
  })

  test('rates of a campaign are what was opened and clicked, of what was delivered', async () => {
    const campaigns = await rowsOf('marketing', 'Effectiveness, by campaign')
    const delivered = campaigns.filter((row) => row('delivered') > 0)
    expect(delivered.length).toBeGreaterThan(10)
    // Some open a mail twice: of a campaign that began just now more can be opened than was delivered.
    for (const row of delivered) {
      expect(row('open rate')).toBeCloseTo(row('opened') / row('delivered'), 3)
      expect(row('click rate')).toBeCloseTo(row('clicked') / row('delivered'), 3)
    }
  })

  test('sales agree between totals, categories, states, days and cards', async () => {
    const [totals] = await rowsOf('sales', 'Sales')
    expect(total(await rowsOf('sales', 'Sales, by category'), 'sales')).toBeCloseTo(
      totals!('sales'),
    )
    expect(total(await rowsOf('sales', 'Sales, by state'), 'sales')).toBeCloseTo(totals!('sales'))
    expect(total(await rowsOf('sales', 'Days'), 'profit')).toBeCloseTo(totals!('profit'))
    expect(total(await rowsOf('sales', 'Cards'), 'orders')).toBe(totals!('orders'))
  })

  test('e-mails agree between totals and types, of all campaigns and of one', async () => {
    const campaigns = await rowsOf('marketing', 'Effectiveness, by campaign')
    const types = await rowsOf('marketing', 'Events, by type')
    expect(total(await rowsOf('marketing', 'Events'), 'events')).toBe(total(types, 'events'))
    expect(total(campaigns, 'delivered')).toBe(campaigns[0]!('all delivered'))
    const one = { campaign: await anyCampaign() }
    const ofOne = await rowsOf('marketing', 'Events', one)
    expect(ofOne).toHaveLength(1)
    expect(total(await rowsOf('marketing', 'Events, by type', one), 'events')).toBe(
      ofOne[0]!('events'),
    )
    expect(ofOne[0]!('events')).toBeLessThan(total(types, 'events'))
  })

  const anyCampaign = async () => {
    const { rows } = await reader.query<{ id: string }>(
      'select campaign_id as id from gold.campaign_totals order by events desc limit 1',
    )
    return rows[0]!.id
  }

  test('revenue agrees between products and categories', async () => {
    const products = await rowsOf('ecommerce-product-performance', 'Products, by revenue')
    const categories = await rowsOf('ecommerce-product-performance', 'Revenue, by category')
    expect(total(categories, 'revenue')).toBeCloseTo(products[0]!('all revenue'))
    expect(total(products, 'revenue')).toBeCloseTo(products[0]!('all revenue'))
  })
})
