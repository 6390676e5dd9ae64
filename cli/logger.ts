import pino, { type Logger } from 'pino'

/** The one logger: JSON lines on stderr, so that stdout stays for results. No secret is ever passed to it. */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  )
}
