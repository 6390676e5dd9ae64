import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { projectFolder } from '../../cli/projectFolder.ts'
import { atEnd } from './cleanUp.ts'
import { bareEnvironment } from './dataFolder.ts'

export interface Ended {
  /** Null when a signal ended it. */
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface RunningSluice {
  pid: number
  /** What it has written so far. */
  stdout(): string
  stderr(): string
  isRunning(): boolean
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<Ended>
  ended: Promise<Ended>
}

let folder = projectFolder

/** From now on commands are those of this folder: compiled, as in the image, they start in half the time. */
export function startFrom(compiled: string): void {
  folder = compiled
}

/** What Node is given to run `sluice …`. The demo is for a checkout, and runs from source as `npm start` does. */
export const commandLine = (args: string[]): string[] => [
  join(args[0] === 'demo' ? projectFolder : folder, 'cli/sluice.mjs'),
  ...args,
]

/** Starts `sluice …` in a process of its own. The environment is bare but for `env`. It is killed with the test file. */
export function startSluice(args: string[], env: Record<string, string> = {}): RunningSluice {
  const child = spawn(process.execPath, commandLine(args), {
    env: { ...bareEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: projectFolder,
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...output }))
  })
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const kill = (signal: NodeJS.Signals) => {
    if (isRunning()) child.kill(signal)
    return ended
  }
  atEnd(() => kill('SIGKILL'))
  return {
    pid: child.pid!,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    isRunning,
    kill,
    ended,
  }
}

/** Runs `sluice …` to its end. */
export function sluice(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return startSluice(args, env).ended
}

/** Runs `sluice …` to its end, and throws with what it wrote when its exit code is not 0. Returns its stdout. */
export async function sluiceOk(args: string[], env: Record<string, string> = {}): Promise<string> {
  const { code, signal, stdout, stderr } = await sluice(args, env)
  if (code === 0) return stdout
  throw new Error(`sluice ${args.join(' ')} ended with ${code ?? signal}:\n${stdout}${stderr}`)
}
