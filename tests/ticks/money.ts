import type pg from 'pg'
import { newProject, type Project } from '../models/project.ts'
import { storeEvents, type Event } from '../models/bronzeRows.ts'
import { differences } from '../models/exact.ts'

const parsed = (table: string) => `select
  payload ->> 'id' as payment_id,
  payload ->> 'account' as account,
  (payload ->> 'amount')::int as amount,
  kafka_at as at
from bronze.${table}`

const event = '-- Payments.\n-- kind: event\n-- time: at\n'

/** Two sources that feed one model, models of each alone, and two sums over what they share. */
export const moneyFiles: Record<string, string> = {
  'bank/sources.sql': `-- Topics.\nselect ops.add_source('cards');\nselect ops.add_source('transfers');\n`,
  'bank/silver/payments.sql': `${event}-- key: payment_id\n${parsed('cards')}\nunion all\n${parsed('transfers')}\n`,
  'bank/silver/card_payments.sql': `${event}${parsed('cards')}\n`,
  'bank/silver/transfers.sql': `${event}${parsed('transfers')}\n`,
  'bank/gold/accounts.sql': `-- Accounts.
-- kind: incremental
-- grain: account
select account, sum(amount) as balance, count(*) as payments, count(distinct payment_id) as ids
from silver.payments
group by account
`,
  'bank/gold/minutes.sql': `-- Minutes.
-- kind: incremental
-- grain: minute_at
select date_trunc('minute', at) as minute_at, sum(amount) as amount, count(*) as payments
from silver.payments
group by 1
`,
  'bank/gold/ways.sql': `-- Ways.
-- kind: incremental
-- grain: way
select way, count(*) as payments, sum(amount) as amount
from (
  select 'card' as way, amount from silver.card_payments
  union all
  select 'transfer', amount from silver.transfers
) as payments
group by way
`,
}

export const goldModels = ['gold.accounts', 'gold.minutes', 'gold.ways']

export async function moneyProject(): Promise<Project> {
  const project = await newProject(moneyFiles)
  await project.apply()
  // a tick that lacks a partition makes just that; these tests are about those that take events
  await project.rows(
    `select ops.make_event_partition(store_name, ops.event_layout_of(model, store_name), '2026-03-01Z')
    from ops.stored_models where kind = 'event'`,
  )
  return project
}

/** A payment, from a number: every tenth repeats the one before it. */
export function payment(n: number): Event {
  const id = n % 10 === 9 ? n - 1 : n
  return {
    at: new Date(Date.parse('2026-03-01T10:00:00Z') + n * 1_000).toISOString(),
    payload: { id: `p${id}`, account: `a${n % 7}`, amount: (n % 13) - 6 },
  }
}

export const payments = (from: number, count: number): Event[] =>
  Array.from({ length: count }, (_, index) => payment(from + index))

/** Stores payments of both ways as batches of both tables. */
export async function pay(client: pg.Client, from: number, count: number): Promise<void> {
  await storeEvents(client, 'cards', payments(from, count / 2))
  await storeEvents(client, 'transfers', payments(from + count / 2, count / 2))
}

/** Where any of the gold models is not what its file says; empty when all are exact. */
export async function inexact(client: pg.ClientBase, models = goldModels): Promise<string[]> {
  const found: string[] = []
  for (const model of models)
    found.push(...(await differences(client, model)).map((line) => `${model}: ${line}`))
  return found
}
