import type pg from 'pg'
import { accountOf, expectedAccount, holesInLedger } from '../endToEnd/account.ts'
import type { PartitionRange } from '../support/kafka.ts'
import { asOwner, type World } from './world.ts'

/** Events, rows and dead letters, when all is as it must be. */
export interface Totals {
  events: number
  rows: number
  deadLetters: number
  batches: number
}

/** Bronze and dead letters are the topics up to the positions, none twice, and the ledger is whole. Throws what is not. */
export async function checkStored(world: World, ends?: PartitionRange[]): Promise<Totals> {
  return asOwner(world, async (owner) => {
    // one snapshot, while more is stored
    await owner.query('begin isolation level repeatable read')
    const account = await accountOf(owner, world.topics)
    const reached = account.map(({ topic, partition, position }) => ({
      ...{ topic, partition },
      ...{ start: 0, end: position },
    }))
    mustEqual('bronze and dead letters', account, expectedAccount(ends ?? reached))
    for (const topic of world.topics) {
      mustEqual(`the ledger's holes of ${topic}`, await holesInLedger(owner, topic), [])
    }
    return totals(owner)
  })
}

/** Each number that the broker has taken is stored. */
export async function checkNumbers(world: World): Promise<void> {
  const missing = await asOwner(world, async (owner) => {
    const { rows } = await owner.query<{ table_name: string }>('select table_name from ops.sources')
    const stored = rows.map(
      ({ table_name: table }) =>
        `select (payload ->> 'number')::int as number from bronze.${table}`,
    )
    const letters = `select (regexp_match(encode(payload, 'escape'), '"number": (\\d+)'))[1]::int
      from ops.dead_letters`
    const found = await owner.query<{ number: number }>(
      `select number from generate_series(0, $1::int - 1) as number
      except (${[...stored, letters].join(' union all ')})
      order by number
      limit 10`,
      [world.feed.taken()],
    )
    return found.rows
  })
  mustEqual('numbers that are missing', missing, [])
}

async function totals(owner: pg.Client): Promise<Totals> {
  const { rows } = await owner.query<Totals>(
    `select
      (select sum(next_offset)::int from ops.offsets) as events,
      (select sum(stored_rows)::int from ops.offsets) as rows,
      (select count(*)::int from ops.dead_letters) as "deadLetters",
      (select count(*)::int from ops.batches) as batches`,
  )
  return rows[0]!
}

function mustEqual(what: string, found: unknown[], expected: unknown[]): void {
  const [is, shall] = [found, expected].map((list) => list.map((entry) => JSON.stringify(entry)))
  if (is!.join() === shall!.join()) return
  const wrong = is!.filter((entry) => !shall!.includes(entry))
  const lacking = shall!.filter((entry) => !is!.includes(entry))
  throw new Error(
    `${what} are not as they must be:\n` +
      `found ${wrong.slice(0, 6).join('\n      ')}\nexpected ${lacking.slice(0, 6).join('\n      ') || 'none'}`,
  )
}
