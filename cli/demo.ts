import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import type pg from 'pg'
import { domainNames, topics } from '../generator/index.ts'
import { readConfig } from './config.ts'
import { connect } from './database.ts'
import { announceDemo } from './runningDemo.ts'
import { startChild, type Child } from './demo/children.ts'
import { readFigures, readMetrics, type Metrics } from './demo/figures.ts'
import { logEnds } from './demo/logEnds.ts'
import { openScreen, type Screen } from './demo/screen.ts'
import { startStack, type Stack } from './demo/start.ts'
import { settle } from './demo/settle.ts'
import { kafkaConfig } from './kafkaConfig.ts'
import { projectFolder } from './projectFolder.ts'
import { stopSignal } from './stopSignal.ts'
import { UserError } from './userError.ts'

interface Options {
  rate: string
  events?: string
  exit?: boolean
  seed: string
  domain: string
  data: string
  grafana: boolean
}

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'everything at once: Kafka, PostgreSQL, Grafana where installed, events, live metrics',
    )
    .option('--rate <per second>', 'events per second', '200')
    .option('--events <count>', 'make so many events, as fast as it goes, and no more')
    .option('--exit', 'end when they are stored, with a summary; needs --events')
    .option('--seed <number>', 'the same seed, another day: the same story', '1')
    .option('--domain <names>', 'which domains, with commas between them', domainNames.join(','))
    .option('--data <folder>', 'where servers keep their data', join(projectFolder, '.sluice'))
    .option('--no-grafana', 'leave Grafana out')
    .action(async (options: Options) => {
      if (options.exit && !options.events)
        throw new UserError('--exit needs --events: how many events to make.')
      await demo(options)
    })
}

/** Stops in the opposite order of starting, whatever happens. */
async function demo(options: Options): Promise<void> {
  const signal = stopSignal()
  const screen = openScreen(process.stdout)
  const stops: (() => Promise<void>)[] = []
  try {
    const onStarted = (stop: () => Promise<void>) => stops.unshift(stop)
    const config = readConfig()
    const say = (line: string) => screen.say(line)
    const withGrafana = options.grafana && !options.exit
    const stack = await startStack({
      config,
      dataFolder: options.data,
      withGrafana,
      say,
      signal,
      onStarted,
    })
    const ownerUrl = stack.postgres.urlFor('sluice_owner')
    const silence = announceDemo({ databaseUrl: ownerUrl, brokers: stack.kafka.brokers })
    onStarted(() => Promise.resolve(silence()))
    if (!signal.aborted) await show(options, stack, screen, signal, onStarted)
  } finally {
    screen.end()
    if (stops.length > 0) console.log('Stopping.')
    for (const stop of stops) await stop().catch((error: unknown) => console.error(String(error)))
  }
}

async function show(
  options: Options,
  stack: Stack,
  screen: Screen,
  signal: AbortSignal,
  onStarted: (stop: () => Promise<void>) => void,
): Promise<void> {
  const kafka = kafkaConfig(stack.configFor('sluice_ingest'))
  const names = options.domain
    .split(',')
    .flatMap((domain) => (topics[domain] ?? []).map((topic) => topic.topic))
  const before = await logEnds(kafka, names)
  const startedAt = performance.now()

  const logs = join(options.data, 'logs')
  const child = (name: string, args: string[], environment: NodeJS.ProcessEnv): Child => {
    const started = startChild(name, args, environment, join(logs, `${name}.log`))
    onStarted(() => started.stop())
    return started
  }
  const children = [
    child('ingest', ['ingest'], stack.environmentFor('sluice_ingest')),
    child('refresh', ['refresh'], stack.environmentFor('sluice_refresh')),
  ]
  const generator = child('generate', generatorArguments(options), stack.environmentFor('analyst'))

  const client = await connect(stack.configFor('analyst'), 'demo', 'analyst')
  onStarted(() => client.end())
  const stop = new AbortController()
  const ending = AbortSignal.any([signal, stop.signal])
  const failed = Promise.race(children.map((one) => one.ended.then(() => one)))
  void failed.then(() => stop.abort())
  const drawing = draw(stack, client, screen, notesFor(stack, options), ending)
  let outcome: number | undefined
  try {
    if (options.exit) {
      outcome = await settle({
        client,
        stack,
        kafka,
        names,
        before,
        startedAt,
        generator,
        screen,
        signal: ending,
      })
    } else {
      await once(ending)
    }
  } finally {
    stop.abort()
    await drawing
  }
  const dead = signal.aborted ? undefined : children.find((one) => !one.isRunning())
  if (dead)
    throw new UserError(`The process ${dead.name} ended by itself. Its log: ${dead.logFile}`)
  if (outcome !== undefined) process.exitCode = outcome
}

function generatorArguments({ rate, events, seed, domain }: Options): string[] {
  const common = ['generate', '--domain', domain, '--seed', seed, '--rate', rate, '--no-rhythm']
  if (!events) return [...common, '--history', '6h', '--history-rate', '1']
  // the events of a finite run lie in the time up to now, as if they had come live
  const start = new Date(Date.now() - (Number(events) / Number(rate)) * 1000).toISOString()
  return [...common, '--events', events, '--no-pace', '--start', start]
}

function notesFor({ postgres, grafana, kafka }: Stack, { data }: Options): string[] {
  return [
    `psql     psql '${postgres.urlFor('analyst')}'`,
    `Grafana  ${grafana ? grafana.url : 'not found on this machine; docker compose up has one'}`,
    `Kafka    ${kafka.brokers.join(', ')}`,
    'models   write views/<domain>/gold/<metric>.sql, then: npx sluice apply',
    `logs     ${join(data, 'logs')}`,
    'Ctrl-C stops everything.',
  ]
}

/** Figures every second; metrics at a rhythm of their own, so that a slow query never stops the picture. */
async function draw(
  stack: Stack,
  client: pg.Client,
  screen: Screen,
  notes: string[],
  signal: AbortSignal,
): Promise<void> {
  for (const note of notes) if (!process.stdout.isTTY) screen.say(note)
  let metrics: Metrics | undefined
  const asking = askMetrics(stack, signal, (answer) => (metrics = answer))
  while (!signal.aborted) {
    const figures = await readFigures(client)
    if (!signal.aborted) screen.show(figures, metrics, notes)
    await wait(1_000, undefined, { signal }).catch(() => undefined)
  }
  await asking
}

async function askMetrics(
  stack: Stack,
  signal: AbortSignal,
  answer: (metrics: Metrics) => void,
): Promise<void> {
  const client = await connect(stack.configFor('analyst'), 'demo metrics', 'analyst')
  // a running query need not be waited for when the demo stops
  signal.addEventListener('abort', () => void client.end().catch(() => undefined), { once: true })
  try {
    while (!signal.aborted) {
      const started = performance.now()
      answer(await readMetrics(client))
      // asking takes at most a quarter of a core, however much is stored
      const pause = Math.max(1_000, 3 * (performance.now() - started))
      await wait(pause, undefined, { signal }).catch(() => undefined)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

function once(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
