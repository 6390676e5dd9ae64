import { UserError } from '../cli/userError.ts'
import { lastLines } from './run.ts'
import { shownPath } from './shownPath.ts'
import type { WatchedServer } from './watchedServer.ts'

/** The message for a server that ended before it could be used. */
export function diedAtStart(
  name: string,
  server: WatchedServer,
  logFile: string,
  folder: string,
): UserError {
  const log = server.logSince()
  return new UserError(
    `${name} ended while it was starting (exit code ${server.exitCode() ?? 'unknown'}). ` +
      `${shownPath(logFile)} ends with:\n${lastLines(log)}\n${mendFor(log, folder)}`,
  )
}

function mendFor(log: string, folder: string): string {
  if (/No space left on device|ENOSPC/.test(log)) {
    return `The disk is full: make room on the one that holds ${shownPath(folder)}.`
  }
  if (/Cannot allocate memory|insufficient memory|OutOfMemoryError/.test(log)) {
    return 'The machine has too little free memory: end other programs, or give DATABASE_URL and KAFKA_BROKERS of servers elsewhere.'
  }
  return `If its data is damaged and can be lost, delete ${shownPath(folder)} and start again.`
}
