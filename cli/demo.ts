import { join } from 'node:path'
import { Command } from 'commander'
import { domainNames, topics } from '../generator/index.ts'
import { shownPath } from '../local/shownPath.ts'
import { readConfig } from './config.ts'
import { connect } from './database.ts'
import { announceDemo, demoFolder } from './runningDemo.ts'
import { startChild, type Child } from './demo/children.ts'
import { draw } from './demo/draw.ts'
import { demoLog, type DemoLog } from './demo/demoLog.ts'
import { openScreen, type Screen } from './demo/screen.ts'
import { startStack, type Stack } from './demo/start.ts'
import { settle } from './demo/settle.ts'
import { aborted, stopSignal } from './stopSignal.ts'
import { UserError } from './userError.ts'

interface Options {
  rate: string
  events?: string
  exit?: boolean
  seed: string
  domain: string
  data: string
  grafana: boolean
  kafka: boolean
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
    .option('--data <folder>', 'where servers keep their data', demoFolder)
    .option('--no-grafana', 'leave Grafana out')
    .option('--no-kafka', 'send events through files; so it is where no Kafka can be had')
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
    const withGrafana = wantsGrafana(options)
    const stack = await startStack({
      config,
      dataFolder: options.data,
      withGrafana,
      withKafka: options.kafka,
      say,
      signal,
      onStarted,
    })
    const ownerUrl = stack.postgres.urlFor('sluice_owner')
    const silence = announceDemo(options.data, {
      databaseUrl: ownerUrl,
      ...(stack.kafka && { brokers: stack.kafka.brokers }),
    })
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
  const client = await connect(stack.configFor('analyst'), 'demo', 'analyst')
  onStarted(() => client.end())
  const log = demoLog(stack, client, topicsOf(options))
  const before = await log.ends()
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
  const generator = child(
    'generate',
    [...generatorArguments(options), '--to', log.sink],
    stack.environmentFor('analyst'),
  )

  const stop = new AbortController()
  const ending = AbortSignal.any([signal, stop.signal])
  let dead: Child | undefined
  const watch = (one: Child, isExpected: (code: number | null) => boolean) =>
    void one.ended.then((code) => {
      if (ending.aborted || isExpected(code)) return
      dead = one
      stop.abort()
    })
  for (const one of children) watch(one, () => false)
  watch(generator, (code) => options.events !== undefined && code === 0)
  const drawing = draw(stack, screen, notesFor(stack, log, options), ending)
  let outcome: number | undefined
  try {
    if (options.exit) {
      outcome = await settle({
        client,
        log,
        before,
        startedAt,
        generator,
        screen,
        signal: ending,
      })
    } else {
      await aborted(ending)
    }
  } finally {
    stop.abort()
    await drawing
  }
  if (dead) throw endedByItself(dead)
  if (outcome !== undefined) process.exitCode = outcome
}

const endedByItself = ({ name, logFile }: Child) =>
  new UserError(`The process ${name} ended by itself. Its log: ${shownPath(logFile)}`)

const topicsOf = ({ domain }: Options) =>
  domain.split(',').flatMap((name) => (topics[name] ?? []).map(({ topic }) => topic))

function generatorArguments({ rate, events, seed, domain }: Options): string[] {
  const common = ['generate', '--domain', domain, '--seed', seed, '--rate', rate, '--no-rhythm']
  if (!events) return [...common, '--history', '6h', '--history-rate', '1']
  // the events of a finite run lie in the time up to now, as if they had come live
  const start = new Date(Date.now() - (Number(events) / Number(rate)) * 1000).toISOString()
  return [...common, '--events', events, '--no-pace', '--start', start]
}

function notesFor({ postgres, grafana }: Stack, log: DemoLog, options: Options): string[] {
  const none = 'not found on this machine; docker compose up has one'
  return [
    `psql     psql '${postgres.urlFor('analyst')}'`,
    ...(wantsGrafana(options) ? [`Grafana  ${grafana?.url ?? none}`] : []),
    log.note,
    'models   write views/<domain>/gold/<metric>.sql, then: npx sluice apply',
    `logs     ${shownPath(join(options.data, 'logs'))}`,
    'Ctrl-C stops everything.',
  ]
}

const wantsGrafana = (options: Options) => options.grafana && !options.exit
