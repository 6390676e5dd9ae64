import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { projectFolder } from '../../cli/projectFolder.ts'
import { bareEnvironment } from '../support/dataFolder.ts'
import { commandLine } from '../support/sluice.ts'
import { until } from '../support/until.ts'

/**
 * Runs `sluice …` with this as its standard input, to its end. With `stopWhen` the input stays open, and Ctrl-C comes
 * once standard error is as asked.
 */
export async function sluiceWithInput(
  input: string | Buffer,
  args: string[],
  env: Record<string, string>,
  { stopWhen }: { stopWhen?: (stderr: string) => boolean } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, commandLine(args), {
    env: { ...bareEnvironment(), ...env, ...(stopWhen ? { SLUICE_LOG_LEVEL: 'info' } : {}) },
    cwd: projectFolder,
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  }
  const ended = once(child, 'close') as Promise<[number | null]>
  try {
    if (stopWhen) {
      child.stdin.write(input)
      await until('it is as far as that', () => stopWhen(output.stderr))
      child.kill('SIGINT')
    } else child.stdin.end(input)
    const [code] = await ended
    return { code, ...output }
  } finally {
    child.kill('SIGKILL')
  }
}
