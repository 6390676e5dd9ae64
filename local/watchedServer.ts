import { spawn, type ChildProcessByStdio } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { UserError } from '../cli/userError.ts'
import { isAlive, processId } from './processes.ts'
import { lastLines } from './run.ts'
import type { ServerUser } from './serverUser.ts'

export interface WatchedServerSpec {
  /** As a person calls it: "PostgreSQL 15.13". */
  name: string
  command: string
  args: string[]
  env: Record<string, string>
  user?: ServerUser
  logFile: string
  /** Remembers the processes, for a next start after we were killed. */
  pidFile: string
  stopSignal: NodeJS.Signals
}

export interface WatchedServer {
  pid: number
  isRunning(): boolean
  exitCode(): number | null
  /** Resolves when it has ended, in whatever way. */
  ended: Promise<void>
  /** What it has logged since it was started. */
  logSince(): string
  /** Stops it and waits until it is gone. */
  stop(): Promise<void>
}

const killAfterMs = 10_000
const largestLog = 10 * 1024 * 1024
const watcherFile = fileURLToPath(new URL('./watcher.mjs', import.meta.url))

/** Starts a server under a watcher (watcher.mjs), so that it ends when this process does, in whatever way. */
export async function startWatched(spec: WatchedServerSpec): Promise<WatchedServer> {
  const { name, command, args, env, user, logFile, pidFile, stopSignal } = spec
  const order = { command, args, env, cwd: '/', uid: user?.uid, gid: user?.gid, stopSignal }
  const logStart = prepareLog(logFile)
  const log = openSync(logFile, 'a', 0o600)
  const watcher = spawn(
    process.execPath,
    [watcherFile, JSON.stringify({ ...order, killAfterMs })],
    {
      detached: true,
      stdio: ['pipe', 'pipe', log],
      env: { PATH: process.env.PATH },
      cwd: '/',
    },
  ) as ChildProcessByStdio<Writable, Readable, null>
  closeSync(log)

  const processes = watcher.pid === undefined ? [] : [processId(watcher.pid)]
  let ended = false
  let exitCode: number | null = null
  const exited = new Promise<void>((resolve) => {
    const end = (code: number | null) => {
      ended = true
      exitCode = code
      // A watcher that was killed leaves its server to the next start.
      if (!processes.some(isAlive)) rmSync(pidFile, { force: true })
      resolve()
    }
    watcher.once('exit', end)
    watcher.once('error', () => end(null))
  })
  watcher.stdin.on('error', () => undefined)
  // Known to the next start from the first moment on, should we be killed now.
  writeFileSync(pidFile, JSON.stringify(processes))

  const first = await firstLine(watcher.stdout)
  const report = first === undefined ? {} : (JSON.parse(first) as { pid?: number; error?: string })
  if (report.pid === undefined) {
    await exited
    const reason = report.error ?? lastLines(readFileSync(logFile, 'utf8').slice(logStart))
    throw new UserError(`${name} cannot be started by ${command}: ${reason}`)
  }
  processes.push(processId(report.pid))
  if (processes.some(isAlive)) writeFileSync(pidFile, JSON.stringify(processes))

  // A process that has done its work may end without stopping us first.
  watcher.unref()
  unrefStream(watcher.stdin)
  unrefStream(watcher.stdout)
  return {
    pid: report.pid,
    isRunning: () => !ended,
    exitCode: () => exitCode,
    ended: exited,
    logSince: () => readFileSync(logFile).subarray(logStart).toString(),
    async stop() {
      watcher.ref()
      watcher.stdin.end()
      await exited
    },
  }
}

function prepareLog(logFile: string): number {
  mkdirSync(dirname(logFile), { recursive: true })
  if (!existsSync(logFile)) return 0
  const { size } = statSync(logFile)
  if (size < largestLog) return size
  renameSync(logFile, `${logFile}.old`)
  return 0
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string | undefined> {
  const lines = createInterface({ input: stream })
  return new Promise((resolve) => {
    lines.once('line', resolve)
    lines.once('close', () => resolve(undefined))
  })
}

function unrefStream(stream: unknown): void {
  ;(stream as { unref?: () => void }).unref?.()
}
