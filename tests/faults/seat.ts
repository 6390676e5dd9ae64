import { ask, metricsOf, onAnyPort } from '../ingest/endpoints.ts'
import { startSluice, type RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import type { Line } from './line.ts'

/** A place for an ingester, with lines of its own to PostgreSQL and to the broker. */
export interface Seat {
  number: number
  postgresLine: Line
  kafkaLine: Line
  ingester: RunningSluice | undefined
}

/** Small flushes, so that there are many moments. */
const settings = { SLUICE_GROUP_ID: 'faults', SLUICE_FLUSH_MS: '50', SLUICE_FLUSH_ROWS: '2000' }

/** Starts an ingester there. `url` is that of the database, without the line. */
export function startIngester(seat: Seat, url: string): void {
  const through = new URL(url)
  through.port = String(seat.postgresLine.port)
  seat.ingester = startSluice(['ingest'], {
    DATABASE_URL: through.href,
    KAFKA_BROKERS: `127.0.0.1:${seat.kafkaLine.port}`,
    ...settings,
    ...onAnyPort,
  })
}

export function ingesterOf(seat: Seat): RunningSluice {
  if (!seat.ingester) throw new Error(`There is no ingester in seat ${seat.number}.`)
  return seat.ingester
}

export async function killIngester(seat: Seat): Promise<void> {
  await ingesterOf(seat).kill('SIGKILL')
  seat.ingester = undefined
}

/** Ends it by SIGTERM: within 10 s, with exit code 0, or at once when it had not begun yet. */
export async function stopIngester(seat: Seat): Promise<void> {
  const ingester = ingesterOf(seat)
  seat.ingester = undefined
  const askedAt = performance.now()
  const { code, signal, stderr } = await ingester.kill('SIGTERM')
  const ms = performance.now() - askedAt
  const isWell = code === 0 || (signal === 'SIGTERM' && stderr === '')
  if (!isWell || ms > 10_000) {
    throw new Error(
      `SIGTERM ended the ingester in seat ${seat.number} with ${code ?? signal} after ${Math.round(ms)} ms, expected 0 within 10,000:\n${logOf(ingester)}`,
    )
  }
}

/** What /readyz says when it is not ready, '' when it is. Throws when the ingester has ended by itself. */
export async function complaintOf(seat: Seat): Promise<string> {
  const ingester = ingesterOf(seat)
  if (!ingester.isRunning()) {
    const { code, signal } = await ingester.ended
    throw new Error(
      `The ingester in seat ${seat.number} has ended by itself, with ${code ?? signal}:\n${logOf(ingester)}`,
    )
  }
  const { status, text } = await ask(ingester, '/readyz')
  return status === 200 ? '' : text
}

/** Waits until /readyz of each says that it can't work, and why. */
export async function notReady(seats: Seat[], reason: RegExp): Promise<void> {
  for (const seat of seats) {
    await until(`/readyz of seat ${seat.number} says ${reason.source}`, async () =>
      reason.test(await complaintOf(seat)),
    )
  }
}

/** Resident memory in bytes. */
export async function memoryOf(seat: Seat): Promise<number> {
  const { process_resident_memory_bytes: bytes } = await metricsOf(ingesterOf(seat))
  return bytes ?? 0
}

/** The end of what it has logged. */
export const logOf = (ingester: RunningSluice): string => ingester.stderr().slice(-2_000)
