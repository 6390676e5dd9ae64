// The named points of a flush, as they can be seen on the lines of an ingester: it knows nothing of them.
import { until } from '../support/until.ts'
import type { Message } from './connection.ts'
import type { Caught, Line, Sight } from './line.ts'
import type { Seat } from './seat.ts'

const isQuery = (message: Message, text: RegExp) =>
  message.from === 'client' &&
  typeOf(message) === 'Q' &&
  text.test(message.bytes.toString('utf8', 5, message.bytes.length - 1))

const typeOf = ({ bytes }: Message) => String.fromCharCode(bytes[0]!)

const begin: Sight = (message) => isQuery(message, /^copy bronze\./)

/** What follows the first rows, be it more of them or the end: the server waits for it in its COPY. */
function afterRows(): Sight {
  let isAfterRows = false
  return (message) => {
    if (message.from === 'server' || !['Q', 'd', 'c'].includes(typeOf(message))) return false
    const isFound = isAfterRows && typeOf(message) !== 'Q'
    isAfterRows = typeOf(message) === 'd'
    return isFound
  }
}

export const isCommitted: Sight = ({ from, bytes }) =>
  from === 'server' &&
  bytes.toString('latin1', 0, 1) === 'C' &&
  bytes.toString('latin1', 5, 11) === 'COMMIT'

const requestKey = ({ from, bytes }: Message) => (from === 'client' ? bytes.readInt16BE(4) : -1)
const offsetCommit = 8
const heartbeat = 12

export const isHeartbeat: Sight = (message) => requestKey(message) === heartbeat

const sights = {
  'before COPY': () => begin,
  'during COPY': afterRows,
  'before COMMIT': () => (message) => isQuery(message, /^select ops\.advance\(.*commit$/s),
  'after COMMIT': () => isCommitted,
  'before the advisory commit': () => (message) => requestKey(message) === offsetCommit,
} satisfies Record<string, () => Sight>

export type Point = keyof typeof sights

const lineOf = ({ kafkaLine, postgresLine }: Seat, point: Point): Line =>
  point === 'before the advisory commit' ? kafkaLine : postgresLine

/** Waits until the ingester of a seat is at a point for the `times`-th time from now, and holds it up there. */
export async function reach(seat: Seat, point: Point, times: number): Promise<Caught> {
  for (let time = 1; ; time += 1) {
    let caught: Caught | undefined
    void lineOf(seat, point)
      .catchNext(sights[point]())
      .then((found) => (caught = found))
    const found = await until(`an ingester is ${point}`, () => caught, { everyMs: 1 })
    if (time >= times) return found
    found.release()
  }
}
