import type pg from 'pg'

/** A range of one partition's log; `next_offset` is exclusive. */
export interface LogRange {
  topic: string
  partition: number
  from_offset: number
  next_offset: number
}

/** What came between two looks at a log; a partition that was not there began with the first offset. */
export function rangesBetween(
  before: Map<string, number>,
  after: Map<string, number>,
  first: number,
): LogRange[] {
  return [...after].map(([place, next_offset]) => {
    const [topic, partition] = place.split(' ') as [string, string]
    return {
      topic,
      partition: Number(partition),
      from_offset: before.get(place) ?? first,
      next_offset,
    }
  })
}

export interface Account {
  /** Records in the log. */
  events: number
  rows: number
  deadLetters: number
  /** Rows stored more than once. */
  repeated: number
}

/** Compares ranges of the log with what is stored of them, by coordinates. */
export async function accountFor(client: pg.Client, ranges: LogRange[]): Promise<Account> {
  const { rows } = await client.query<{
    row_count: string
    offset_count: string
    dead_letter_count: string
  }>('select row_count, offset_count, dead_letter_count from ops.count_stored($1)', [
    JSON.stringify(ranges),
  ])
  const account: Account = { events: 0, rows: 0, deadLetters: 0, repeated: 0 }
  for (const { from_offset, next_offset } of ranges) account.events += next_offset - from_offset
  for (const { row_count, offset_count, dead_letter_count } of rows) {
    account.rows += Number(row_count)
    account.repeated += Number(row_count) - Number(offset_count)
    account.deadLetters += Number(dead_letter_count)
  }
  return account
}
