import { badRowOf, visibleFault, type Reason, type ServerError } from './deadLetters.ts'
import type { Portion } from './fetchBuffer.ts'
import { jsonFault } from './jsonFault.ts'
import type { KafkaRecord } from './recordBatch.ts'
import type { Redact } from './redact.ts'

/** A portion on its way: its records are split into those to store and those set aside, while they are sent. */
export interface Batch {
  portion: Portion
  /** How many of the portion's records were looked at so far, and are in `good` or `bad`. */
  looked: number
  /** As they were fetched: what is sent of them is what `cleaned` makes of them. */
  good: KafkaRecord[]
  /** As they may be seen. */
  bad: Map<KafkaRecord, Reason>
  redact: Redact | undefined
}

/** Topics that sent bad events lately, by the records still to be looked at closely. As long as the assignment. */
const suspects = new WeakMap<Portion['state'], number>()
const recordsUnderSuspicion = 200_000

export function batchOf(portion: Portion, redact?: Redact): Batch {
  return { portion, looked: 0, good: [], bad: new Map(), redact }
}

/** A record as it may leave this process. Made again each time, since to keep them all costs more than to make them. */
export function cleaned({ redact }: Batch, record: KafkaRecord): KafkaRecord {
  return redact ? redact(record).record : record
}

/**
 * The records to store, redacted, in order. Those not looked at yet are looked at one by one as they are wanted, so that this
 * process works while the server does.
 */
export function* goodRecords(batch: Batch): Generator<KafkaRecord> {
  for (const record of batch.good) yield cleaned(batch, record)
  while (batch.looked < batch.portion.records.length) {
    const record = lookAtNext(batch)
    if (record) yield record
  }
}

/** The next record as it may be sent; undefined when it is set aside. */
function lookAtNext(batch: Batch): KafkaRecord | undefined {
  const { portion, redact } = batch
  const given = portion.records[batch.looked++]!
  // what is redacted is looked at closely on the way
  const { record, reason } = redact ? redact(given) : { record: given, reason: undefined }
  const fault = reason ?? visibleFault(record) ?? (redact ? undefined : closeFault(batch, record))
  if (fault) batch.bad.set(record, fault)
  else batch.good.push(given)
  return fault ? undefined : record
}

/** Costs about a microsecond, and saves a flush from being sent again: worth it where bad events come. */
function closeFault({ portion }: Batch, record: KafkaRecord): Reason | undefined {
  const left = suspects.get(portion.state) ?? 0
  if (left === 0) return undefined
  const fault = jsonFault(record)
  suspects.set(portion.state, fault ? recordsUnderSuspicion : left - 1)
  return fault
}

/** Looks at all that is left. */
export function lookAtRest(batch: Batch): void {
  while (batch.looked < batch.portion.records.length) lookAtNext(batch)
}

/** Whether there may be a record to store. */
export function mayHaveRows({ portion, looked, good }: Batch): boolean {
  return good.length > 0 || looked < portion.records.length
}

/**
 * Moves the row that a COPY of these batches failed on to the dead letters, and with it all others in which the same can
 * be seen here. Returns whether that was seen in the row too: then others like it will not be sent. Undefined when the
 * error is not about a row.
 */
export function setAside(batches: Batch[], error: ServerError): boolean | undefined {
  let row = badRowOf(error)?.row
  if (row === undefined) return undefined
  for (const batch of batches) {
    const record = batch.good[row]
    if (!record) {
      row -= batch.good.length
      continue
    }
    giveUp(batch, record, error)
    const isVisible = jsonFault(cleaned(batch, record)) !== undefined
    if (isVisible) for (const other of batches) lookClosely(other)
    return isVisible
  }
  return undefined
}

/** Sets a record aside for what the server said of it. */
export function giveUp(batch: Batch, record: KafkaRecord, error: ServerError): void {
  batch.good = batch.good.filter((other) => other !== record)
  batch.bad.set(cleaned(batch, record), { sqlstate: error.code!, message: error.message })
}

function lookClosely(batch: Batch): void {
  if (batch.redact) return
  suspects.set(batch.portion.state, recordsUnderSuspicion)
  const found = batch.bad.size
  for (const record of batch.good) {
    const reason = jsonFault(record)
    if (reason) batch.bad.set(record, reason)
  }
  if (batch.bad.size > found) batch.good = batch.good.filter((record) => !batch.bad.has(record))
}
