import { Command } from 'commander'
import { domainNames, generateOptions } from '../generator/index.ts'
import { runGenerator } from '../generator/run.ts'
import { readConfig } from './config.ts'
import { kafkaConfig } from './kafkaConfig.ts'
import { createLogger } from './logger.ts'
import { stopSignal } from './stopSignal.ts'

interface Options {
  domain: string
  to: string
  pace: boolean
  rhythm: boolean
  start?: string
  [option: string]: unknown
}

export function generateCommand(): Command {
  return new Command('generate')
    .description('make seeded events, to Kafka, a file or standard output')
    .option('--domain <names>', 'which domains, with commas between them', domainNames.join(','))
    .option(
      '--to <sink>',
      'kafka; an NDJSON file; a .csv or .json file of one topic, for replay; a folder/, for a file of each topic that ingest --files reads; - for standard output',
      'kafka',
    )
    .option('--seed <number>', 'the same seed, start and options give the same bytes')
    .option('--start <time>', 'event time of the first live event; default: now')
    .option('--events <count>', 'end after so many events; default: never')
    .option('--rate <per second>', 'events per second of event time')
    .option('--history <duration>', 'begin with a past of so long, such as 7d')
    .option('--history-rate <per second>', 'events per second of that past')
    .option('--speed <factor>', 'play events so much faster than the clock: 60 is an hour a minute')
    .option('--late <share>', 'share of events that are sent minutes to hours late')
    .option('--duplicates <share>', 'share of events that are sent twice')
    .option('--poison <share>', 'broken events, as a share of the others')
    .option('--users <count>', 'how many people')
    .option('--products <count>', 'how many products')
    .option('--no-rhythm', 'the same rate at every hour and weekday')
    .option('--no-pace', 'send as fast as it goes, not by the wall clock')
    .action(async ({ domain, to, pace, start, ...rest }: Options) => {
      const config = readConfig()
      const options = generateOptions({ ...rest, domains: domain, start: start ?? Date.now() })
      const { byTopic, seconds } = await runGenerator({
        options,
        sink: to,
        ...(to === 'kafka' ? { kafka: kafkaConfig(config) } : {}),
        isPaced: pace,
        signal: stopSignal(),
        logger: createLogger(config.SLUICE_LOG_LEVEL),
      })
      if (to === '-') return
      for (const [topic, events] of Object.entries(byTopic)) console.log(`${topic}  ${events}`)
      console.log(
        `${Object.values(byTopic).reduce((a, b) => a + b, 0)} events in ${seconds.toFixed(1)} s`,
      )
    })
}
