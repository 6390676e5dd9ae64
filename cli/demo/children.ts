import { fork, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectFolder } from '../projectFolder.ts'

export interface Child {
  name: string
  logFile: string
  /** Resolves with the exit code; null when a signal ended it. */
  ended: Promise<number | null>
  isRunning(): boolean
  /** Asks it to end, and after ten seconds makes it. */
  stop(): Promise<void>
}

const killAfterMs = 10_000

/** Runs `sluice <args>` as a process of its own that ends with this one, its output in a log file. */
export function startChild(
  name: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  logFile: string,
): Child {
  mkdirSync(dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'w', 0o600)
  // the channel of fork tells the child when its parent is gone, even by kill -9
  const child = fork(join(projectFolder, 'cli', 'sluice.mjs'), args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log, 'ipc'],
    execArgv: [],
  })
  closeSync(log)
  let running = true
  const ended = new Promise<number | null>((resolve) => {
    const end = (code: number | null) => {
      running = false
      resolve(code)
    }
    child.once('exit', end)
    child.once('error', () => end(1))
  })
  return { name, logFile, ended, isRunning: () => running, stop: () => stop(child, ended) }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  await ended
  clearTimeout(timer)
}
