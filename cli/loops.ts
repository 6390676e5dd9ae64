import { Command } from 'commander'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { ingestFiles } from '../ingest/files/ingestFiles.ts'
import { ingest } from '../ingest/ingest.ts'
import { createIngestWatch } from '../ingest/ingestWatch.ts'
import { requireRedactKey } from '../ingest/redact.ts'
import { refresh } from '../refresh/refresh.ts'
import { createRefreshWatch } from '../refresh/refreshWatch.ts'
import { readConfig, type Config } from './config.ts'
import { connect, requireMigrated, withDatabase, type Role } from './database.ts'
import { createDatabaseProbe } from './databaseProbe.ts'
import { openEndpoints, type WatchedLoop } from './endpoints.ts'
import { kafkaConfig } from './kafkaConfig.ts'
import { createLogger } from './logger.ts'
import type { Readiness } from './readiness.ts'
import { stopSignal } from './stopSignal.ts'

interface Options {
  untilCaughtUp?: boolean
  files?: string
}

interface Context {
  config: Config
  logger: Logger
  signal: AbortSignal
  untilCaughtUp: boolean
  registry: Registry
  /** The loops that have begun and not come to their end. */
  loops: WatchedLoop[]
}

type Loop = (context: Context) => Promise<void>

const ingestLoop: Loop = (context) => {
  const { config, logger, signal, untilCaughtUp, registry } = context
  const watch = createIngestWatch(registry)
  const options = {
    connect: () => connect(config, 'ingest', 'sluice_ingest'),
    limits: {
      flushRows: config.SLUICE_FLUSH_ROWS,
      flushBytes: config.SLUICE_FLUSH_BYTES,
      flushMs: config.SLUICE_FLUSH_MS,
      bufferBytes: config.SLUICE_BUFFER_BYTES,
    },
    redactKey: config.SLUICE_REDACT_KEY,
    logger,
    signal,
    untilCaughtUp,
    watch,
  }
  const { SLUICE_FILES: folder, SLUICE_GROUP_ID: groupId } = config
  const connections = config.SLUICE_INGEST_CONNECTIONS
  const running =
    folder === undefined
      ? ingest({ ...options, kafka: kafkaConfig(config), groupId, connections })
      : ingestFiles({ ...options, folder })
  return watched(context, 'ingest', watch.readiness, running)
}

const refreshLoop: Loop = (context) => {
  const { config, logger, signal, untilCaughtUp, registry } = context
  const watch = createRefreshWatch(registry)
  const running = refresh({
    connect: () => connect(config, 'refresh', 'sluice_refresh'),
    logger,
    signal,
    untilCaughtUp,
    watch,
  })
  return watched(context, 'refresh', watch.readiness, running)
}

async function watched(
  { loops }: Context,
  name: string,
  readiness: Readiness,
  running: Promise<void>,
): Promise<void> {
  const loop = { name, readiness, hasFailed: false }
  loops.push(loop)
  try {
    await running
    loops.splice(loops.indexOf(loop), 1)
  } catch (error) {
    loop.hasFailed = true
    throw error
  }
}

export const ingestCommand = (): Command =>
  loopCommand(
    'ingest',
    'read the sources of ops.sources from Kafka, or from files, into bronze, exactly once',
    ['sluice_ingest'],
    ingestLoop,
  )

export const refreshCommand = (): Command =>
  loopCommand(
    'refresh',
    'keep models current from new events, and run scheduled work',
    ['sluice_refresh'],
    refreshLoop,
  )

export const runCommand = (): Command =>
  loopCommand(
    'run',
    'ingest and refresh in one process',
    ['sluice_ingest', 'sluice_refresh'],
    async (context) => {
      if (context.untilCaughtUp) {
        await ingestLoop(context)
        await refreshLoop(context)
      } else {
        await Promise.all([ingestLoop, refreshLoop].map((loop) => loop(context)))
      }
    },
  )

function loopCommand(name: string, description: string, roles: Role[], loop: Loop): Command {
  const command = new Command(name)
    .description(description)
    .option('--until-caught-up', 'end when everything that was there at start is done')
  if (roles.includes('sluice_ingest')) {
    command.option('--files <folder>', 'read <topic>.ndjson files there, not Kafka (SLUICE_FILES)')
  }
  return command.action((options: Options) => runLoop(roles, loop, options))
}

async function runLoop(roles: Role[], loop: Loop, options: Options): Promise<void> {
  const settings = readConfig()
  const config = { ...settings, SLUICE_FILES: options.files ?? settings.SLUICE_FILES }
  // a wrong setting is told at start; later, every fault is waited out
  for (const role of roles) {
    await withDatabase(config, 'check', role, async (client) => {
      await requireMigrated(client)
      if (role === 'sluice_ingest') await requireRedactKey(client, config.SLUICE_REDACT_KEY)
    })
  }
  const context: Context = {
    config,
    logger: createLogger(config.SLUICE_LOG_LEVEL),
    signal: stopSignal(),
    untilCaughtUp: options.untilCaughtUp ?? false,
    registry: new Registry(),
    loops: [],
  }
  const close = await serve(context, roles[0]!)
  try {
    await loop(context)
  } finally {
    await close()
  }
}

/** Opens the endpoints where a port is given for them. Returns the function that closes them. */
async function serve(context: Context, role: Role): Promise<() => Promise<void>> {
  const { SLUICE_HTTP_PORT: port, SLUICE_HTTP_HOST: host } = context.config
  if (port === undefined) return () => Promise.resolve()
  // a timer per sample: the usual 10 ms would cost an idle process more than its work
  collectDefaultMetrics({ register: context.registry, eventLoopMonitoringPrecision: 100 })
  const probe = createDatabaseProbe(() => connect(context.config, 'ready', role))
  const closeServer = await openEndpoints({ ...context, port, host, probe })
  return async () => {
    await closeServer()
    await probe.close()
  }
}
