import type pg from 'pg'
import { readEventTables } from './applyTable.ts'
import { parseSelect } from './ast.ts'
import { settledText } from './compileRegroup.ts'
import { functionFacts } from './functionFacts.ts'
import { qualified } from './storeNames.ts'
import {
  comparable,
  compare,
  modelOf,
  outputsOf,
  told,
  verdictOf,
  type StoredRow,
  type Verdict,
} from './verdict.ts'
import { wrongState } from './verifyState.ts'

export async function verifyIncremental(client: pg.ClientBase, row: StoredRow): Promise<Verdict> {
  const name = `${row.schema}.${row.object}`
  const { rows: behind } = await client.query<{ slices: string }>(
    `select coalesce(sum(upper(run) - lower(run)), 0) as slices
    from ops.slices_behind
    cross join lateral unnest(missing) as run
    where model = $1 and version = $2`,
    [name, row.version],
  )
  if (behind[0]!.slices !== '0') {
    return verdictOf(row, 'not compared', `it is ${behind[0]!.slices} slices behind`)
  }
  if (row.header['entities']) {
    return verdictOf(
      row,
      'not compared',
      'it joins entities as they were on arrival, which is gone',
    )
  }
  const { rows, extra, missing } = await compareOutputs(client, row)
  const wrong = row.strategy === 'merge' ? await wrongState(client, row) : 0
  return extra + missing + wrong === 0
    ? verdictOf(row, 'equal', `${rows} rows`)
    : verdictOf(
        row,
        'different',
        `${extra} rows are stored that should not be, ${missing} are missing${told([
          [wrong, 'rows below it, of which the next figures are made, are wrong'],
        ])}`,
      )
}

/**
 * With the file's own text, which knows nothing of the compiler. That may leave to chance which of two rows comes first:
 * what differs from it is right where it is what the text gives with all ties settled.
 */
async function compareOutputs(client: pg.ClientBase, row: StoredRow) {
  const outputs = (await outputsOf(client, row)).map((output) => comparable(output)).join(', ')
  const compareWith = (definition: string) =>
    compare(
      client,
      `select ${outputs} from ${qualified(row)} as rows`,
      `select ${outputs} from (\n${definition}\n) as rows`,
    )
  const found = await compareWith(row.definition)
  if (found.extra + found.missing === 0 || row.strategy !== 'regroup') return found
  const tables = [...(await readEventTables(client)).values()]
  const facts = await functionFacts(client, parseSelect(row.definition))
  const settled = settledText(modelOf(row), tables, facts)
  return settled === undefined ? found : compareWith(settled)
}
