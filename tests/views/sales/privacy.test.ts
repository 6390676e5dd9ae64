// What the tills send about people: of a card only its last four digits are stored, and Grafana's role sees no names.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { tick } from '../../models/bronzeRows.ts'
import { atEnd } from '../../support/cleanUp.ts'
import { newDataFolder } from '../../support/dataFolder.ts'
import { testDatabase } from '../../support/database.ts'
import { sluiceOk } from '../../support/sluice.ts'
import { sale } from './tills.ts'

const cards = ['4111222233331234', '5500 6600 7700 5678', '340011002200999']
const broken = '{"sale_id": "s-broken", "credit_card_number": "6011000990139424", "categ'

let owner: pg.Client
let reader: pg.Client

beforeAll(async () => {
  const database = await testDatabase('applied')
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const [text, spaced, number] = cards.map((card, index) => ({
    ...sale,
    sale_id: `s${index}`,
    credit_card_number: index === 2 ? Number(card) : card,
  }))
  const lines = [text, spaced, number].map((payload) => JSON.stringify(payload))
  writeFileSync(join(folder, 'sales_topic.ndjson'), [...lines, broken, ''].join('\n'))
  await sluiceOk(['ingest', '--files', folder, '--until-caught-up'], {
    DATABASE_URL: database.url('sluice_ingest'),
    // other domains' sources ask for one
    SLUICE_REDACT_KEY: 'a secret',
  })
  owner = await database.client('sluice_owner')
  reader = await database.client('grafana_reader')
  await tick(owner)
})

test('of a card number the last four digits are stored, however it is written', async () => {
  const { rows } = await owner.query(
    `select payload ->> 'credit_card_number' as stored, card_last4
    from bronze.sales_topic
    join silver.sales on sales.sale_id = payload ->> 'sale_id'
    order by sale_id`,
  )
  expect(rows).toEqual([
    { stored: '************1234', card_last4: '1234' },
    { stored: '**** **** **** 5678', card_last4: '5678' },
    { stored: '***********0999', card_last4: '0999' },
  ])
})

test('no table holds more of any card: bronze, silver, gold and dead letters', async () => {
  const { rows: letters } = await owner.query('select from ops.dead_letters')
  expect(letters).toHaveLength(1)
  expect(await tablesWith('33331234')).toEqual([])
  expect(await tablesWith('7700 5678')).toEqual([])
  expect(await tablesWith('002200999')).toEqual([])
  expect(await tablesWith('90139424')).toEqual([])
  // the same search finds what is there
  expect(await tablesWith('************1234')).toEqual(['bronze.sales_topic'])
  expect(await tablesWith('s-broken')).toEqual(['ops.dead_letters'])
})

test('Grafana sees what customers buy, and no name, address or card', async () => {
  const { rows } = await reader.query(
    'select customer, job_title, state, orders::int, spend from gold.customer_insights',
  )
  expect(rows).toEqual([
    { customer: 'Anna K.', job_title: 'Baker', state: 'IL', orders: 3, spend: '30.00' },
  ])
})

test.each([
  ['gold.customer_insights', 'first_name'],
  ['gold.customer_insights', 'last_name'],
  ['gold.customer_insights', 'email'],
  ['silver.sales_customers', 'first_name'],
  ['silver.sales_customers', 'last_name'],
  ['silver.sales_customers', 'email'],
  ['silver.sales_customers', 'street'],
  ['silver.sales', 'card_last4'],
])('Grafana may not read %s.%s', async (relation, column) => {
  await expect(reader.query(`select ${column} from ${relation}`)).rejects.toThrow(
    /^permission denied/,
  )
  await owner.query(`select ${column} from ${relation}`)
})

/** Tables with a row in which a text stands, as it is or in the bytes of a bytea. */
async function tablesWith(text: string): Promise<string[]> {
  const { rows: tables } = await owner.query<{ name: string; root: string }>(
    `select format('%I.%I', nspname, relname) as name
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'm') and not relispartition
      and nspname in ('bronze', 'store', 'silver', 'gold', 'ops')
    order by 1`,
  )
  const hex = Buffer.from(text).toString('hex')
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await owner.query(
      `select from ${name} as stored
      where position(${pg.escapeLiteral(text)} in stored::text) > 0
        or position('${hex}' in stored::text) > 0
      limit 1`,
    )
    if (rows.length > 0) found.push(name)
  }
  return found
}
