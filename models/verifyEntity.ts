import type pg from 'pg'
import { newestPerKey, storedColumns } from './compileEntity.ts'
import { columnList, quote } from './storeNames.ts'
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
import {
  falseLetters,
  hasLostBronze,
  notCounted,
  parsedFrom,
  uncountedEvents,
} from './verifyBronze.ts'

export async function verifyEntity(client: pg.ClientBase, row: StoredRow): Promise<Verdict> {
  if (await hasLostBronze(client, row)) {
    return verdictOf(row, 'not compared', 'bronze no longer has all of its events')
  }
  const columns = await outputsOf(client, row)
  const all = [
    columnList(storedColumns([]), 'rows.'),
    ...columns.map((column) => comparable(column)),
  ].join(', ')
  const stored = `select ${all} from store.${quote(row.store)} as rows`
  const names = storedColumns(columns.map(({ name }) => name))
  // with the collations of the table, which a function's columns have not
  const parsed = `select ${columnList(names)} from store.${quote(row.store)} where false
    union all ${parsedFrom(row, columnList(names, 'parsed.'))}`
  const newest = newestPerKey(modelOf(row), `(${parsed}) as parsed`)
  const { rows, extra, missing } = await compare(
    client,
    stored,
    `select ${all} from (${newest}) as rows`,
  )
  const wrong = await falseLetters(client, row)
  const uncounted = await uncountedEvents(client, row)
  return extra + missing + wrong + uncounted === 0
    ? verdictOf(row, 'equal', `${rows} entries`)
    : verdictOf(
        row,
        'different',
        `${extra} entries are stored that should not be, ${missing} are missing, ${wrong} dead letters are none${told(
          [[uncounted, notCounted]],
        )}`,
      )
}
