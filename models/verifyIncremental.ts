import type pg from 'pg'
import { readEventTables } from './applyTable.ts'
import { parseSelect } from './ast.ts'
import { definitionText } from './compileRegroup.ts'
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
  const tables = [...(await readEventTables(client)).values()]
  const { aggregates } = await functionFacts(client, parseSelect(row.definition))
  const definition =
    row.strategy === 'regroup' ? definitionText(modelOf(row), tables, aggregates) : row.definition
  const outputs = (await outputsOf(client, row)).map(comparable).join(', ')
  const { rows, extra, missing } = await compare(
    client,
    `select ${outputs} from ${qualified(row)} as rows`,
    `select ${outputs} from (\n${definition}\n) as rows`,
  )
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
