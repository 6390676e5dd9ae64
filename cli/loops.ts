import { Command } from 'commander'
import type { Logger } from 'pino'
import { ingest } from '../ingest/ingest.ts'
import { requireRedactKey } from '../ingest/redact.ts'
import { refresh } from '../refresh/refresh.ts'
import { readConfig, type Config } from './config.ts'
import { connect, requireMigrated, withDatabase, type Role } from './database.ts'
import { kafkaConfig } from './kafkaConfig.ts'
import { createLogger } from './logger.ts'
import { stopSignal } from './stopSignal.ts'

interface Options {
  untilCaughtUp?: boolean
}

type Loop = (
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  untilCaughtUp: boolean,
) => Promise<void>

const ingestLoop: Loop = (config, logger, signal, untilCaughtUp) =>
  ingest({
    connect: () => connect(config, 'ingest', 'sluice_ingest'),
    kafka: kafkaConfig(config),
    groupId: config.SLUICE_GROUP_ID,
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
  })

const refreshLoop: Loop = (config, logger, signal, untilCaughtUp) =>
  refresh({
    connect: () => connect(config, 'refresh', 'sluice_refresh'),
    logger,
    signal,
    untilCaughtUp,
  })

export const ingestCommand = (): Command =>
  loopCommand(
    'ingest',
    'read the sources of ops.sources from Kafka into bronze, exactly once',
    ['sluice_ingest'],
    ingestLoop,
  )

export const refreshCommand = (): Command =>
  loopCommand(
    'refresh',
    'run the jobs that keep materialized models fresh and tables in order',
    ['sluice_refresh'],
    refreshLoop,
  )

export const runCommand = (): Command =>
  loopCommand(
    'run',
    'ingest and refresh in one process',
    ['sluice_ingest', 'sluice_refresh'],
    async (config, logger, signal, untilCaughtUp) => {
      if (untilCaughtUp) {
        await ingestLoop(config, logger, signal, true)
        await refreshLoop(config, logger, signal, true)
      } else {
        await Promise.all(
          [ingestLoop, refreshLoop].map((loop) => loop(config, logger, signal, false)),
        )
      }
    },
  )

function loopCommand(name: string, description: string, roles: Role[], loop: Loop): Command {
  return new Command(name)
    .description(description)
    .option('--until-caught-up', 'end when everything that was there at start is done')
    .action(async ({ untilCaughtUp }: Options) => {
      const config = readConfig()
      const logger = createLogger(config.SLUICE_LOG_LEVEL)
      // a wrong setting is told at start; later, every fault is waited out
      for (const role of roles) {
        await withDatabase(config, 'check', role, async (client) => {
          await requireMigrated(client)
          if (role === 'sluice_ingest') await requireRedactKey(client, config.SLUICE_REDACT_KEY)
        })
      }
      await loop(config, logger, stopSignal(), untilCaughtUp ?? false)
    })
}
