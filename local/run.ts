import { spawn } from 'node:child_process'
import type { ServerUser } from './serverUser.ts'

export interface RunResult {
  /** null when a signal ended it, or when it could not be started. */
  code: number | null
  /** Its output, stdout and stderr as they came. */
  output: string
  /** ENOENT and its like: it could not be started. */
  failure?: string
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv
  user?: ServerUser
  signal?: AbortSignal
}

/** Runs a command to its end and collects what it says. Throws only when aborted. */
export async function run(
  command: string,
  args: string[],
  options: RunOptions = {},
): Promise<RunResult> {
  options.signal?.throwIfAborted()
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    uid: options.user?.uid,
    gid: options.user?.gid,
    cwd: options.user ? '/' : undefined,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal is for us, and we end the whole group.
    detached: true,
  })
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // Ended already.
    }
  }
  options.signal?.addEventListener('abort', end, { once: true })
  process.once('exit', end)

  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const result = await new Promise<RunResult>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ code: null, output, failure: error.code ?? error.message }),
    )
    child.once('close', (code) => resolve({ code, output }))
  })
  options.signal?.removeEventListener('abort', end)
  process.removeListener('exit', end)
  options.signal?.throwIfAborted()
  return result
}

/** The last lines of an output, indented, for an error message. */
export function lastLines(text: string, count = 12): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines
    .slice(-count)
    .map((line) => `  ${line.slice(0, 400)}`)
    .join('\n')
}
