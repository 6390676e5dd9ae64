import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { UserError } from '../cli/userError.ts'
import { isAlive, type ProcessId } from './processes.ts'
import type { WatchedServerSpec } from './watchedServer.ts'

/**
 * Waits for a server of an earlier run, whose process was killed: its watcher is stopping it.
 * Where the watcher was killed too, stops the server.
 */
export async function waitForSurvivors(
  spec: Pick<WatchedServerSpec, 'name' | 'pidFile' | 'stopSignal'> & {
    say: (line: string) => void
    signal?: AbortSignal
  },
): Promise<void> {
  const [watcher, server] = readPids(spec.pidFile)
  if (watcher && !isAlive(watcher) && server && isAlive(server)) {
    process.kill(server.pid, spec.stopSignal)
  }
  const deadline = Date.now() + 15_000
  for (let told = false; ; told = true) {
    const alive = [server, watcher].find((one) => one && isAlive(one))
    if (alive === undefined) break
    if (!told)
      spec.say(`Waiting for ${spec.name} of an earlier run (process ${alive.pid}) to stop.`)
    if (Date.now() > deadline) {
      throw new UserError(
        `${spec.name} of an earlier run (process ${alive.pid}) does not stop. ` +
          `End it with \`kill -9 ${alive.pid}\` and start again.`,
      )
    }
    await wait(50, undefined, { signal: spec.signal })
  }
  rmSync(spec.pidFile, { force: true })
}

function readPids(pidFile: string): ProcessId[] {
  try {
    return JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessId[]
  } catch {
    return []
  }
}
