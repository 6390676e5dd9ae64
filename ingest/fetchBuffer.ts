import type { StoredPlace } from './files/place.ts'
import { JoinedRecords, type Records } from './records.ts'
import type { Source } from './sources.ts'

/** A run of offsets that was fetched: its records, and where the next run begins. */
interface Chunk {
  records: Records
  next: number
  bytes: number
  /** Of a file: where it stands behind them. */
  file?: StoredPlace | undefined
}

/** A partition of the current assignment: what of it is stored, fetched and waiting. Lives as long as the assignment. */
export interface PartitionState {
  source: Source
  partition: number
  /** Stored up to here: the from_offset of the next batch. */
  storedOffset: number
  batchNo: number
  /** Fetched up to here. */
  fetchOffset: number
  endOffset: number
  chunks: Chunk[]
}

/** What one flush stores of one partition. */
export interface Portion {
  state: PartitionState
  records: Records
  next: number
  bytes: number
  /** Of a file: where it stands behind them. */
  file?: StoredPlace | undefined
}

/** Fetched records that wait for a flush, with a bound on their bytes. */
export class FetchBuffer {
  rows = 0
  bytes = 0
  /** When the oldest waiting record came, in ms of performance.now(); undefined when nothing waits. */
  since: number | undefined
  private readonly states: PartitionState[]

  constructor(states: PartitionState[]) {
    this.states = states
  }

  add(state: PartitionState, chunk: Chunk): void {
    state.chunks.push(chunk)
    state.fetchOffset = chunk.next
    this.rows += chunk.records.length
    this.bytes += chunk.bytes
    this.since ??= performance.now()
  }

  /** Takes whole chunks, of each partition in turn, until there are `maxRows` rows or `maxBytes` bytes. */
  take(maxRows: number, maxBytes: number): Portion[] {
    const taken = new Map<PartitionState, Chunk[]>()
    let rows = 0
    let bytes = 0
    for (let found = true; found && rows < maxRows && bytes < maxBytes;) {
      found = false
      for (const state of this.states) {
        const chunk = state.chunks.shift()
        if (!chunk) continue
        found = true
        taken.set(state, [...(taken.get(state) ?? []), chunk])
        rows += chunk.records.length
        bytes += chunk.bytes
        if (rows >= maxRows || bytes >= maxBytes) break
      }
    }
    this.rows -= rows
    this.bytes -= bytes
    this.since = this.states.some((state) => state.chunks.length > 0)
      ? performance.now()
      : undefined
    return [...taken].map(([state, chunks]) => portionOf(state, chunks))
  }
}

function portionOf(state: PartitionState, chunks: Chunk[]): Portion {
  const { next, file } = chunks.at(-1)!
  return {
    state,
    records: new JoinedRecords(chunks.map(({ records }) => records)),
    next,
    bytes: chunks.reduce((sum, { bytes }) => sum + bytes, 0),
    file,
  }
}
