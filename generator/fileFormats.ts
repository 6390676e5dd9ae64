import { UserError } from '../cli/userError.ts'
import { timedByKafka } from './domain.ts'
import type { Topic } from './domain.ts'
import type { GeneratedEvent } from './generate.ts'

/** How a file holds events. Of one file each, since the first event may differ from the others. */
export interface FileFormat {
  /** Null for an event that it can't hold. */
  textOf(event: GeneratedEvent): string | null
  /** What stands behind the last event. */
  end(): string
}

/**
 * By the name of the file. `.csv` and `.json` are what `sluice replay` plays: the values of one topic without those
 * that are broken, as lines under the names of their fields, or as one array. All others are lines of NDJSON.
 */
export function fileFormatOf(path: string, topics: readonly Topic[]): FileFormat {
  const [ending] = /\.(csv|json)$/i.exec(path) ?? []
  if (!ending) return ndjson(timedByKafka(topics))
  if (topics.length > 1) {
    throw new UserError(
      `${path} can hold the events of one topic, but these are of ${topics.length}: ` +
        `${topics.map(({ topic }) => topic).join(', ')}. Choose a domain of one topic (--domain), or write NDJSON.`,
    )
  }
  return ending.toLowerCase() === '.csv' ? csv() : jsonArray()
}

/**
 * One line each: `{"topic":…,"key":…,"value":{…}}`, and a broken one, whose bytes may not even be text, as
 * `{"topic":…,"key":…,"value_base64":"…"}`; with a `timestamp` where Kafka's time is the event's.
 */
export function ndjson(timed: ReadonlySet<string>): FileFormat {
  return {
    textOf({ topic, key, value, due, isBroken }) {
      const timestamp = timed.has(topic) ? `"timestamp":${due},` : ''
      const head = `{"topic":"${topic}","key":${JSON.stringify(key)},${timestamp}`
      if (!isBroken) return `${head}"value":${value as string}}\n`
      return `${head}"value_base64":"${Buffer.from(value as string).toString('base64')}"}\n`
    },
    end: () => '',
  }
}

function jsonArray(): FileFormat {
  let before = '[\n'
  return {
    textOf({ value, isBroken }) {
      if (isBroken) return null
      const text = before + (value as string)
      before = ',\n'
      return text
    },
    end: () => (before === ',\n' ? '\n]\n' : '[]\n'),
  }
}

/** By RFC 4180; null is an empty field. */
function csv(): FileFormat {
  let isFirst = true
  return {
    textOf({ value, isBroken }) {
      if (isBroken) return null
      const fields = JSON.parse(value as string) as Record<string, string | number | null>
      const header = isFirst ? csvLine(Object.keys(fields)) : ''
      isFirst = false
      return header + csvLine(Object.values(fields))
    },
    end: () => '',
  }
}

function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvField).join(',')}\n`
}

function csvField(value: string | number | null): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
