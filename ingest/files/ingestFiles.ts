import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { Registry } from 'prom-client'
import { withClient, type IngestOptions } from '../ingest.ts'
import { createIngestWatch, type IngestWatch } from '../ingestWatch.ts'
import { createRedactor } from '../redact.ts'
import { pause, retry } from '../retry.ts'
import { readSources } from '../sources.ts'
import { storeAssignment } from '../storeAssignment.ts'
import { Faults } from './faults.ts'
import { fileLog } from './fileLog.ts'
import { endsOf, goalIsReached, type FileGoal } from './goal.ts'
import { holdFolder, keepFolder, leaveFolder } from './holdFolder.ts'
import { folderOf, listFiles } from './listFiles.ts'
import { openFiles } from './openFiles.ts'
import { watchFolder } from './watchFolder.ts'

export type IngestFilesOptions = Omit<IngestOptions, 'kafka' | 'groupId' | 'connections'> & {
  /** Holds `<topic>.ndjson` or `<topic>/*.ndjson`. */
  folder: string
}

interface Running extends IngestFilesOptions {
  watch: IngestWatch
  /** This process, for those that wait for the same folder. */
  reader: string
  faults: Faults
  goal: FileGoal | undefined
  done: AbortController
}

const betweenLooksMs = 200
const leaveMs = 2_000

/**
 * Reads the files of a folder into the sources of ops.sources, exactly once, until `signal` (or until caught up), and
 * follows them as they grow. Faults of the surroundings are retried for ever. Throws a UserError without a folder.
 */
export async function ingestFiles(given: IngestFilesOptions): Promise<void> {
  const folder = await folderOf(given.folder)
  const watch = given.watch ?? createIngestWatch(new Registry())
  const done = new AbortController()
  const signal = AbortSignal.any([given.signal, done.signal])
  const running = { ...given, folder, watch, signal, done, reader: randomUUID() }
  const findGoal = async (client: pg.Client) =>
    endsOf(await listFiles(folder, await readSources(client)))
  const goal = given.untilCaughtUp
    ? await retry({ ...given, watch }, signal, () => withClient(given.connect, findGoal))
    : undefined
  const options: Running = { ...running, faults: new Faults(), goal }
  try {
    while (!signal.aborted) {
      await retry(options, signal, () =>
        withClient(given.connect, (client) =>
          withClient(given.connect, (keeper) => work({ client, keeper }, options)),
        ),
      )
    }
  } finally {
    // a server that is away keeps nobody from ending; the others wait some seconds then
    const leaving = withClient(given.connect, (client) =>
      leaveFolder(client, folder, options.reader),
    )
    await Promise.race([leaving.catch(() => undefined), wait(leaveMs, undefined, { ref: false })])
  }
}

interface Connections {
  /** Stores. */
  client: pg.Client
  /** Keeps the folder. */
  keeper: pg.Client
}

/** Reads the folder as long as no other process does. */
async function work({ client, keeper }: Connections, options: Running): Promise<void> {
  const { folder, reader, signal, watch, logger } = options
  let isWaiting = false
  while (!signal.aborted) {
    if (await holdFolder(keeper, folder, reader)) {
      isWaiting = false
      await readFolder({ client, keeper }, options)
      await pause(betweenLooksMs, signal)
      continue
    }
    if (!isWaiting) logger.info({ folder }, 'another process reads the folder; waiting')
    isWaiting = true
    watch.idle()
    await endWhenReached(client, options)
    await pause(500, signal)
  }
}

async function endWhenReached(client: pg.Client, { folder, goal, done }: Running): Promise<void> {
  if (!goal) return
  const sources = await readSources(client)
  const found = await listFiles(folder, sources)
  if (await goalIsReached(client, sources, found, goal)) done.abort()
}

/** Opens the files and stores what is in them, until sources or files change. */
async function readFolder({ client, keeper }: Connections, options: Running): Promise<void> {
  const { folder, faults, logger, watch } = options
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  const end = (reason: string) => {
    if (!signal.aborted) logger.info({ reason }, 'files are looked at anew')
    ended.abort()
  }
  const keeping = keepFolder(keeper, options, signal, end)
  try {
    const sources = await readSources(client)
    const found = await listFiles(folder, sources)
    const opened = await openFiles(client, { folder, sources, found, faults }, logger)
    logger.info({ folder, files: opened.open.length, stopped: opened.stopped.size }, 'files opened')
    watch.readiness.begin()
    const log = fileLog(opened.open, {
      onFault({ found: file }, fault) {
        faults.add(file, fault)
        end(fault.reason)
      },
      onMoved: () => end('a file was moved'),
    })
    await storeAssignment({
      clients: [client],
      kafka: log,
      states: opened.open.map(({ state }) => state),
      limits: options.limits,
      redactor: createRedactor(options.redactKey),
      logger,
      signal,
      committed: () => undefined,
      everySecond: watchFolder({ ...options, client, sources, found, opened, end }),
      watch,
    })
  } finally {
    ended.abort()
    await keeping
    watch.ended()
    watch.readiness.waitFor('opening files')
  }
}
