import { Command, InvalidArgumentError, Option } from 'commander'
import { formats, type FormatName } from '../generator/replay/formatOf.ts'
import { replay, type Delay, type ReplayResult } from '../generator/replay/replay.ts'
import { readConfig } from './config.ts'
import { kafkaConfig } from './kafkaConfig.ts'
import { createLogger } from './logger.ts'
import { stopSignal } from './stopSignal.ts'

interface Options {
  topic: string
  format?: FormatName
  key?: string
  fileId?: string
  delimiter: string
  emptyAsText?: boolean
  skipBad?: boolean
  rate?: number
  delay?: Delay
  json?: boolean
}

/** `sluice replay FILE`: the events of a file, to a topic. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('send the events of a CSV, JSON or NDJSON file to a topic')
    .argument('<file>', 'may be packed by gzip; - is standard input')
    .requiredOption('--topic <topic>', 'where to; made when it is missing')
    .addOption(
      new Option(
        '--format <format>',
        'csv (names in the first line), json (one array) or ndjson (a value a line); default: by the name',
      ).choices(formats),
    )
    .option('--key <name>', 'the column, or in JSON the dotted path, whose value is the key')
    .addOption(
      new Option('--rate <events>', 'so many events a second; default: as fast as it goes')
        .argParser(positive)
        .conflicts('delay'),
    )
    .addOption(
      new Option(
        '--delay <time>',
        'wait so long between events: 40 (ms), 500ms, 2s; or a random time each: 1s..5s',
      ).argParser(delayOf),
    )
    .option('--skip-bad', 'pass over lines that hold no event, and count them')
    .option('--delimiter <character>', 'between the fields of CSV; tab for a tab', delimiterOf, ',')
    .option('--empty-as-text', 'empty fields of CSV are empty texts, not null')
    .option('--file-id <text>', 'what the header sluice-file says; default: a hash of the content')
    .option('--json', 'report as JSON')
    .action(async (path: string, options: Options) => {
      const { json, emptyAsText = false, skipBad = false, ...rest } = options
      const config = readConfig()
      const result = await replay({
        ...rest,
        path,
        emptyAsText,
        skipBad,
        kafka: kafkaConfig(config),
        signal: stopSignal(),
        logger: createLogger(config.SLUICE_LOG_LEVEL),
      })
      console.log(json ? JSON.stringify(result) : summary(path, options.topic, result))
      // stopped by the user: not all of it is there
      if (!result.isComplete) process.exitCode = 130
    })
}

function summary(path: string, topic: string, result: ReplayResult): string {
  const { events, skipped, withoutKey, lastLine, isComplete, seconds } = result
  return [
    `${counted(events, 'event')} of ${path} to ${topic} in ${seconds.toFixed(1)} s`,
    skipped > 0 ? `${counted(skipped, 'bad line')} skipped` : '',
    withoutKey > 0 ? `${counted(withoutKey, 'event')} without a key` : '',
    isComplete ? '' : `stopped after line ${lastLine ?? 0}`,
  ]
    .filter(Boolean)
    .join('; ')
}

const counted = (count: number, what: string) => `${count} ${count === 1 ? what : `${what}s`}`

function positive(text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Expected a number above 0.')
}

function delayOf(text: string): Delay {
  const [least, most = least] = text.split('..').map((part) => {
    const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(part) ?? []
    return Number(digits) * (unit === 's' ? 1000 : 1)
  })
  const isDelay = text.split('..').length <= 2 && most! > 0 && least! <= most!
  if (isDelay) return { least: least!, most: most! }
  throw new InvalidArgumentError('Expected a time, such as 40 (ms), 500ms or 2s, or two: 1s..5s.')
}

function delimiterOf(text: string): string {
  const character = text === 'tab' || text === '\\t' ? '\t' : text
  if (/^[\t\x20-\x21\x23-\x7e]$/.test(character)) return character
  throw new InvalidArgumentError('Expected one character of ASCII, but no quote; or tab.')
}
