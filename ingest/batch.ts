import { badRowOf, kafkaTime, visibleFault, type Reason, type ServerError } from './deadLetters.ts'
import type { Portion } from './fetchBuffer.ts'
import { jsonFault } from './jsonFault.ts'
import type { KafkaRecord } from './recordBatch.ts'
import type { Redact } from './redact.ts'

/** A portion on its way: its records are split into those to store and those set aside, while they are sent. */
export interface Batch {
  portion: Portion
  /** How many of the portion's records were looked at so far: they are good, or in `bad`. */
  looked: number
  /** By their place in the portion: as they may be seen, and what is wrong with them. */
  bad: Map<number, { record: KafkaRecord; reason: Reason }>
  /** The time of the newest good one, in ms; undefined when it has to be looked for. */
  newest: number | undefined
  redact: Redact | undefined
  /** When the transaction began that is to store it, by the server's clock: µs since 1970. */
  ingestedAt: number
}

/** Topics that sent bad events lately, by the records still to be looked at closely. As long as the assignment. */
const suspects = new WeakMap<Portion['state'], number>()
const recordsUnderSuspicion = 200_000

export function batchOf(portion: Portion, redact?: Redact): Batch {
  return { portion, looked: 0, bad: new Map(), newest: 0, redact, ingestedAt: 0 }
}

export const goodCount = ({ looked, bad }: Batch): number => looked - bad.size

/** Where in the portion the good ones stand, of those that were looked at. */
function* goodPlaces({ looked, bad }: Batch): Generator<number> {
  for (let place = 0; place < looked; place += 1) if (!bad.has(place)) yield place
}

/** A record as it may leave this process. Made again each time, since to keep them all costs more than to make them. */
function cleaned({ portion, redact }: Batch, place: number): KafkaRecord {
  const record = portion.records.at(place)!
  return redact ? redact(record).record : record
}

/**
 * The records to store, redacted, in order. Those not looked at yet are looked at one by one as they are wanted, so that this
 * process works while the server does.
 */
export function* goodRecords(batch: Batch): Generator<KafkaRecord> {
  for (const place of goodPlaces(batch)) yield cleaned(batch, place)
  while (batch.looked < batch.portion.records.length) {
    const record = lookAtNext(batch)
    if (record) yield record
  }
}

/** The same, with the place of each in the portion. */
export function* goodWithPlaces(batch: Batch): Generator<{ place: number; record: KafkaRecord }> {
  for (const place of goodPlaces(batch)) yield { place, record: cleaned(batch, place) }
  while (batch.looked < batch.portion.records.length) {
    const place = batch.looked
    const record = lookAtNext(batch)
    if (record) yield { place, record }
  }
}

/** The next record as it may be sent; undefined when it is set aside. */
function lookAtNext(batch: Batch): KafkaRecord | undefined {
  const { portion, redact } = batch
  const place = batch.looked++
  const given = portion.records.at(place)!
  // what is redacted is looked at closely on the way
  const { record, reason } = redact ? redact(given) : { record: given, reason: undefined }
  const fault =
    given.fault ??
    reason ??
    visibleFault(record) ??
    (redact ? undefined : closeFault(batch, record))
  if (fault) {
    batch.bad.set(place, { record, reason: fault })
    return undefined
  }
  if (batch.newest !== undefined && given.timestamp > batch.newest) batch.newest = given.timestamp
  return record
}

/** Costs about a microsecond, and saves a flush from being sent again: worth it where bad events come. */
function closeFault({ portion }: Batch, record: KafkaRecord): Reason | undefined {
  const left = suspects.get(portion.state) ?? 0
  if (left === 0) return undefined
  const fault = jsonFault(record)
  suspects.set(portion.state, fault ? recordsUnderSuspicion : left - 1)
  return fault
}

/** Whether there may be a record to store. */
export function mayHaveRows(batch: Batch): boolean {
  return goodCount(batch) > 0 || batch.looked < batch.portion.records.length
}

/** The time of the newest good record as text; null without any. */
export function newestOf(batch: Batch): string | null {
  if (goodCount(batch) === 0) return null
  if (batch.newest === undefined) {
    batch.newest = 0
    for (const place of goodPlaces(batch)) {
      batch.newest = Math.max(batch.newest, batch.portion.records.at(place)!.timestamp)
    }
  }
  return kafkaTime(batch.newest)
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
    if (row >= goodCount(batch)) {
      row -= goodCount(batch)
      continue
    }
    const place = placeOfRow(batch, row)
    const isVisible = jsonFault(cleaned(batch, place)) !== undefined
    giveUp(batch, place, reasonOf(error))
    if (isVisible) for (const other of batches) lookClosely(other)
    return isVisible
  }
  return undefined
}

function placeOfRow(batch: Batch, row: number): number {
  let place = row
  for (const bad of [...batch.bad.keys()].sort((a, b) => a - b)) if (bad <= place) place += 1
  return place
}

export const reasonOf = ({ code, message }: ServerError): Reason => ({ sqlstate: code!, message })

/** Sets a record aside that was good until then. */
export function giveUp(batch: Batch, place: number, reason: Reason): void {
  batch.bad.set(place, { record: cleaned(batch, place), reason })
  batch.newest = undefined
}

/** What is still to come of this partition is looked at closely. */
export function suspect({ portion }: Batch): void {
  suspects.set(portion.state, recordsUnderSuspicion)
}

function lookClosely(batch: Batch): void {
  if (batch.redact) return
  suspect(batch)
  for (const place of goodPlaces(batch)) {
    const reason = jsonFault(batch.portion.records.at(place)!)
    if (reason) giveUp(batch, place, reason)
  }
}
