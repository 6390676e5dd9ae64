import type { Batch } from './batch.ts'
import type { PartitionState } from './fetchBuffer.ts'

/** How many rows lay between two that only the server could refuse, where such came lately. As long as the assignment. */
const gaps = new WeakMap<PartitionState, number>()
const firstGuess = 1_000
const forgottenAfter = 200_000
/** What a piece costs, a savepoint and a COPY: as much as storing so many rows. Measured. */
const rowsWorthOfPiece = 12
const leastInPiece = 40

/**
 * How many rows to send in a piece; undefined where all can be sent in one. The smaller a piece, the fewer rows are
 * sent again for a bad one, and the more pieces there are: at this size both cost the same.
 */
export function pieceSize(batches: Batch[]): number | undefined {
  const gap = Math.min(...batches.map(({ portion }) => gaps.get(portion.state) ?? Infinity))
  if (gap === Infinity) return undefined
  return Math.max(leastInPiece, Math.round(Math.sqrt(2 * rowsWorthOfPiece * gap)))
}

export function expectRefusals(batches: Batch[]): void {
  for (const { portion } of batches) gaps.set(portion.state, firstGuess)
}

/** Learns from what was sent in pieces. */
export function countRefusals(batches: Batch[], refused: number): void {
  const rows = batches.reduce((sum, { portion }) => sum + portion.records.length, 0)
  for (const { state } of batches.map(({ portion }) => portion)) {
    const gap = refused > 0 ? rows / refused : (gaps.get(state) ?? Infinity) + rows
    if (gap > forgottenAfter) gaps.delete(state)
    else gaps.set(state, gap)
  }
}
