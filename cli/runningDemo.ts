import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { projectFolder } from './projectFolder.ts'

/** Where a running `npm start` can be reached, for commands that were given no server of their own. */
interface RunningDemo {
  pid: number
  databaseUrl: string
  /** None where events go through files. */
  brokers?: string[]
  /** Those of the example domains that run; without them all do. */
  domains?: string[]
}

/** Where `npm start` keeps its data. */
export const demoFolder = join(projectFolder, '.sluice')
const file = join(demoFolder, 'running.json')

/** Whether other commands find a demo whose data is there: it is the only one in the usual folder, by its lock. */
export const isFound = (dataFolder: string): boolean => resolve(dataFolder) === demoFolder

/** Tells other commands about this process's servers, until the returned function is called. */
export function announceDemo(dataFolder: string, demo: Omit<RunningDemo, 'pid'>): () => void {
  if (!isFound(dataFolder)) return () => undefined
  writeFileSync(file, JSON.stringify({ pid: process.pid, ...demo }), { mode: 0o600 })
  return () => rmSync(file, { force: true })
}

/** The servers of the `npm start` that runs in this project now, if one does. */
export function findRunningDemo(): RunningDemo | undefined {
  try {
    const demo = JSON.parse(readFileSync(file, 'utf8')) as RunningDemo
    process.kill(demo.pid, 0)
    return demo
  } catch {
    // no file, or its process is gone
    return undefined
  }
}
