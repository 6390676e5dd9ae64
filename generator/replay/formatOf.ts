import { UserError } from '../../cli/userError.ts'
import { csvFormat } from './csv.ts'
import { jsonArrayFormat } from './jsonArray.ts'
import { ndjsonFormat } from './ndjson.ts'
import type { Format } from './record.ts'

export const formats = ['csv', 'json', 'ndjson'] as const
export type FormatName = (typeof formats)[number]

export interface FormatOptions {
  /** Of a file; `-` is standard input. */
  path: string
  /** Default: by the name of the file. */
  format?: FormatName
  /** A column, or a dotted path in JSON. Without it events have no key. */
  key?: string
  /** Of CSV: one ASCII character. */
  delimiter: string
  /** Of CSV: empty fields are empty texts, not null. */
  emptyAsText: boolean
}

/** How to read a file. Throws UserError when its name does not tell. */
export function formatOf({ path, format, key, delimiter, emptyAsText }: FormatOptions): Format {
  switch (format ?? formatByName(path)) {
    case 'csv':
      return csvFormat({ key, delimiter, emptyAsText })
    case 'json':
      return jsonArrayFormat(key)
    case 'ndjson':
      return ndjsonFormat(key)
  }
}

function formatByName(path: string): FormatName {
  const [, ending = ''] = /\.([a-z]+)(?:\.gz)?$/i.exec(path) ?? []
  const byEnding: Record<string, FormatName> = {
    csv: 'csv',
    json: 'json',
    ndjson: 'ndjson',
    jsonl: 'ndjson',
  }
  const found = byEnding[ending.toLowerCase()]
  if (found) return found
  const name = path === '-' ? 'standard input' : path
  throw new UserError(
    `The name of ${name} does not tell its format (.csv, .json, .ndjson or .jsonl, and .gz after these). Give --format.`,
  )
}
