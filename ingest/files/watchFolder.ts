import type pg from 'pg'
import { readSources, type Source } from '../sources.ts'
import { marksOf } from './faults.ts'
import { goalIsReached, type FileGoal } from './goal.ts'
import { listFiles, type FoundFile } from './listFiles.ts'
import type { OpenedFiles } from './openFiles.ts'
import { readFiles } from './readFiles.ts'
import { marksToStore } from './reportFiles.ts'

interface Watched {
  client: pg.Client
  folder: string
  sources: Source[]
  found: FoundFile[]
  opened: OpenedFiles
  goal: FileGoal | undefined
  done: AbortController
  end: (reason: string) => void
}

/**
 * Returns what is to be done about once a second beside storing: reports how long files are, ends reading when
 * sources or files changed, and everything when the goal is reached.
 */
export function watchFolder(watched: Watched): () => Promise<void> {
  const { client, folder, opened, goal, done, end } = watched
  const { stopped } = opened
  const known = fingerprint(watched.sources, watched.found, stopped)
  const knownFiles = opened.open.length + stopped.size
  const reported = new Map(opened.open.map(({ found }) => [found.path, found.size]))

  const reportSizes = async (found: FoundFile[]) => {
    const files = new Map(found.map((file) => [file.path, file]))
    const grown = opened.open.flatMap(({ state, found: { path } }) => {
      const file = files.get(path)
      if (!file || reported.get(path) === file.size) return []
      reported.set(path, file.size)
      const { source, partition } = state
      const { source_id, generation } = source
      return [{ source_id, generation, partition, ...marksToStore(file), is_gone: false }]
    })
    if (grown.length > 0) {
      await client.query('select ops.report_files($1)', [JSON.stringify(grown)])
    }
  }

  return async () => {
    const sources = await readSources(client)
    const found = await listFiles(folder, sources)
    if (fingerprint(sources, found, stopped) !== known) return end('sources or files changed')
    // ops.accept_file makes one of them unknown
    if (stopped.size > 0) {
      const here = (await readFiles(client, sources)).filter(
        ({ path, gone_at }) => gone_at === null && found.some((file) => file.path === path),
      )
      if (here.length !== knownFiles) return end('a file was accepted')
    }
    await reportSizes(found)
    if (goal && (await goalIsReached(client, sources, found, goal))) done.abort()
  }
}

function fingerprint(sources: Source[], found: FoundFile[], stopped: Set<string>): string {
  return JSON.stringify([
    sources.map(({ topic, generation }) => [topic, generation]),
    found.map((file) => [file.path, stopped.has(file.path) ? marksOf(file) : file.inode]),
  ])
}
