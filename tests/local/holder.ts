import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./startAndHold.ts', import.meta.url))

export interface Holder {
  process: ChildProcess
  adminUrl: string
  brokers: string[]
}

/** Another process that has started these servers in the data folder and holds them. */
export async function startHolder(folder: string, ...servers: string[]): Promise<Holder> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder, ...servers], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`The holder ended with exit code ${code}.`)))
  })
  return { process: child, ...(JSON.parse(line) as { adminUrl: string; brokers: string[] }) }
}
