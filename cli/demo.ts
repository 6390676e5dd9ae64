import { Command } from 'commander'
import { domainNames, generateOptions } from '../generator/index.ts'
import { readConfig } from './config.ts'
import { announceDemo, demoFolder } from './runningDemo.ts'
import { chosenDomains } from './demo/domains.ts'
import { openScreen } from './demo/screen.ts'
import { show } from './demo/show.ts'
import { startStack } from './demo/start.ts'
import { stopSignal } from './stopSignal.ts'
import { UserError } from './userError.ts'

interface Options {
  rate: string
  events?: string
  exit?: boolean
  seed: string
  domain: string
  data: string
  limit: string
  grafana: boolean
  kafka: boolean
}

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'everything at once: Kafka, PostgreSQL, Grafana where installed, events, live metrics',
    )
    .option('--rate <per second>', 'events per second, of all domains together', '2000')
    .option('--events <count>', 'make so many events, as fast as it goes, and no more')
    .option('--exit', 'end when they are in every model, with a summary; needs --events')
    .option('--seed <number>', 'the same seed, another day: the same story', '1')
    .option('--domain <names>', 'which domains, with commas between them', domainNames.join(','))
    .option('--data <folder>', 'where servers keep their data', demoFolder)
    .option('--limit <GB>', 'make no more events once the database is so large', '20')
    .option('--no-grafana', 'leave Grafana out')
    .option('--no-kafka', 'send events through files; so it is where no Kafka can be had')
    .action(async (options: Options) => {
      if (options.exit && !options.events)
        throw new UserError('--exit needs --events: how many events to make.')
      if (!(Number(options.limit) > 0))
        throw new UserError(
          `--limit takes a number of gigabytes, such as 20 (found: ${options.limit}).`,
        )
      const domains = chosenDomains(options.domain)
      const { rate, seed, events } = options
      // a wrong number is told before anything starts
      generateOptions({ domains, rate, seed, start: Date.now(), ...(events && { events }) })
      await demo(options, domains)
    })
}

/** Stops in the opposite order of starting, whatever happens. */
async function demo(options: Options, domains: string[]): Promise<void> {
  const signal = stopSignal()
  const screen = openScreen(process.stdout)
  const stops: (() => Promise<void>)[] = []
  try {
    const onStarted = (stop: () => Promise<void>) => stops.unshift(stop)
    const some = domains.length < domainNames.length ? domains : undefined
    const stack = await startStack({
      config: readConfig(),
      domains: some,
      dataFolder: options.data,
      isEndless: options.events === undefined,
      withGrafana: wantsGrafana(options),
      withKafka: options.kafka,
      say: (line) => screen.say(line),
      signal,
      onStarted,
    })
    const silence = announceDemo(options.data, {
      databaseUrl: stack.postgres.urlFor('sluice_owner'),
      ...(stack.kafka && { brokers: stack.kafka.brokers }),
      ...(some && { domains: some }),
    })
    onStarted(() => Promise.resolve(silence()))
    const grafanaNote = wantsGrafana(options) ? (stack.grafana?.url ?? noGrafana) : undefined
    if (!signal.aborted)
      await show({ ...options, domains, grafanaNote, stack, screen, signal, onStarted })
  } finally {
    screen.end()
    if (stops.length > 0) console.log('Stopping.')
    for (const stop of stops) await stop().catch((error: unknown) => console.error(String(error)))
  }
}

const noGrafana = 'not found on this machine; docker compose up has one'
const wantsGrafana = (options: Options) => options.grafana && !options.exit
