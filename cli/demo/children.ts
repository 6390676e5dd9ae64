import { fork, type ChildProcess } from 'node:child_process'
import { appendFileSync, closeSync, mkdirSync, openSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { projectFolder } from '../projectFolder.ts'

export interface Child {
  name: string
  logFile: string
  /**
   * Resolves when it has ended and all that it wrote to its standard output was taken, with the exit code; null when a
   * signal ended it.
   */
  ended: Promise<number | null>
  isRunning(): boolean
  /** Asks it to end, and after ten seconds makes it. */
  stop(): Promise<void>
}

export interface ChildOptions {
  env: NodeJS.ProcessEnv
  logFile: string
  /** Takes its standard output, which is of its log otherwise. */
  output?: Writable | undefined
}

const killAfterMs = 10_000

/** Runs `sluice <args>` as a process of its own that ends with this one, its output in a log file. */
export function startChild(name: string, args: string[], options: ChildOptions): Child {
  const { env, logFile, output } = options
  mkdirSync(dirname(logFile), { recursive: true })
  // appended to, so that it can be cut short while it is written
  const log = openSync(logFile, 'a', 0o600)
  truncateSync(logFile)
  // the channel of fork tells the child when its parent is gone, even by kill -9
  const child = fork(join(projectFolder, 'cli', 'sluice.mjs'), args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', output ? 'pipe' : log, log, 'ipc'],
    execArgv: [],
  })
  closeSync(log)
  let running = true
  const exited = new Promise<number | null>((resolve) => {
    const end = (code: number | null) => {
      running = false
      resolve(code)
    }
    child.once('exit', end)
    child.once('error', () => end(1))
  })
  const written = output ? pipeline(child.stdout!, output) : Promise.resolve()
  const ended = written.then(
    () => exited,
    async (error: unknown) => {
      await exited
      appendFileSync(logFile, `Its output could not be taken: ${String(error)}\n`)
      return 1
    },
  )
  return { name, logFile, ended, isRunning: () => running, stop: () => stop(child, ended) }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  await ended
  clearTimeout(timer)
}
