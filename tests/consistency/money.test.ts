import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { storeEvents } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'

/**
 * Money moves between accounts: what all got is what all gave, at any moment. Two models that are kept by themselves
 * must show that in every snapshot.
 */
const files = {
  'bank/sources.sql': `-- Topics.\nselect ops.add_source('transfers');\n`,
  'bank/silver/transfers.sql': `-- Transfers.
-- kind: event
-- key: transfer_id
-- time: moved_at
select
  (payload ->> 'id')::int as transfer_id,
  payload ->> 'from' as from_account,
  payload ->> 'to' as to_account,
  (payload ->> 'amount')::numeric as amount,
  kafka_at as moved_at
from bronze.transfers
`,
  'bank/gold/given.sql': `-- What each account gave.
-- kind: incremental
-- grain: account
select from_account as account, sum(amount) as amount
from silver.transfers
group by from_account
`,
  // computed anew by account, not merged: the other way of keeping a model
  'bank/gold/got.sql': `-- What each account got, and its middle transfer.
-- kind: incremental
-- grain: account
select
  to_account as account,
  sum(amount) as amount,
  percentile_disc(0.5) within group (order by amount) as middle
from silver.transfers
group by to_account
`,
}

const snapshots = 100_000
const leastStates = 1_000
const accounts = 12

let project: Project
beforeAll(async () => {
  project = await newProject(files)
  await project.apply()
  await project.rows('select ops.tick()')
  // looks so often, each time in a snapshot of its own, and says what it saw
  await project.rows(`
    create function gold.look(p_times int, out imbalances bigint, out states numeric[])
    language plpgsql volatile as $$
    declare
      v_given numeric;
      v_got numeric;
    begin
      imbalances := 0;
      states := '{}';
      for v_look in 1 .. p_times loop
        select given.amount, got.amount
        into v_given, v_got
        from (select coalesce(sum(amount), 0) as amount from gold.given) as given
        cross join (select coalesce(sum(amount), 0) as amount from gold.got) as got;
        imbalances := imbalances + (v_given <> v_got)::int;
        if states[array_upper(states, 1)] is distinct from v_given then
          states := states || v_given;
        end if;
      end loop;
    end
    $$`)
})

let nextId = 0
async function storeTransfers(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => {
    nextId += 1
    const [from, to] = [nextId % accounts, (nextId * 7 + 1) % accounts]
    return {
      payload: { id: nextId, from: `a${from}`, to: `a${to}`, amount: String((nextId % 97) + 1) },
    }
  })
  await storeEvents(project.owner, 'transfers', events)
}

/** Looks, on connections of their own, until so many snapshots and states were seen, while `move` goes on. */
async function lookWhile(
  move: () => Promise<void>,
  isEnough: (seen: { looks: number; states: Set<string>; imbalances: number }) => boolean,
): Promise<{ looks: number; states: Set<string>; imbalances: number }> {
  const seen = { looks: 0, states: new Set<string>(), imbalances: 0 }
  const reader = await project.database.client('sluice_owner')
  const looking = async (client: pg.Client) => {
    while (!isEnough(seen)) {
      const { rows } = await client.query<{ imbalances: string; states: string[] }>(
        'select * from gold.look(500)',
      )
      seen.looks += 500
      seen.imbalances += Number(rows[0]!.imbalances)
      for (const state of rows[0]!.states) seen.states.add(state)
    }
  }
  const moving = async () => {
    while (!isEnough(seen)) await move()
  }
  await Promise.all([looking(reader), moving()])
  return seen
}

test('two models that are level never disagree, in no snapshot', { timeout: 400_000 }, async () => {
  const seen = await lookWhile(
    async () => {
      await storeTransfers(3)
      await project.rows('select ops.tick()')
    },
    ({ looks, states }) => looks >= snapshots && states.size >= leastStates,
  )
  expect(seen.imbalances).toBe(0)
  expect(seen.looks).toBeGreaterThanOrEqual(snapshots)
  expect(seen.states.size).toBeGreaterThanOrEqual(leastStates)
})

test('the same reader sees it when two models are committed one after the other', async () => {
  await project.rows(
    `update ops.model_states set is_live = false, retry_at = 'infinity' where model in ('gold.given', 'gold.got')`,
  )
  const seen = await lookWhile(
    async () => {
      await storeTransfers(3)
      await project.rows('select ops.tick()')
      await project.rows(`select ops.run_model('gold.given')`)
      await project.rows(`select ops.run_model('gold.got')`)
    },
    ({ imbalances }) => imbalances > 0,
  )
  expect(seen.imbalances).toBeGreaterThan(0)
})
