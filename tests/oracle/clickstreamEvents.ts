import { asFields, milliseconds, optional, required, uuid, type Fields } from './jsonFields.ts'
import { readStorableJson } from './storableJson.ts'

export interface Click {
  id: string
  user: string
  session: string
  type: string
  host: string
  path: string
  referrerHost: string | null
  product: string | null
  query: string | null
  /** Milliseconds since 1970. */
  at: number
}

export interface Clicks {
  clicks: Click[]
  broken: number
  repeated: number
}

/** The events of the site, each id once; and how many are broken or come again. */
export function clicksOf(values: (string | Buffer)[]): Clicks {
  const readings = values.map((value) => readStorableJson(Buffer.from(value as string)))
  const stored = readings.flatMap((reading) =>
    'json' in reading ? [clickOf(asFields(reading.json))] : [],
  )
  const clicks = [...new Map(stored.map((click) => [click.id, click])).values()]
  return {
    clicks,
    broken: values.length - stored.length,
    repeated: stored.length - clicks.length,
  }
}

function clickOf(fields: Fields): Click {
  const { hostname, pathname } = new URL(required(fields, 'page_url'))
  const referrer = optional(fields, 'referrer')
  return {
    id: uuid(fields, 'event_id'),
    user: required(fields, 'user_id'),
    session: uuid(fields, 'session_id'),
    type: required(fields, 'event_type'),
    host: hostname,
    path: pathname,
    referrerHost: referrer === null ? null : new URL(referrer).hostname,
    product: optional(fields, 'product_id'),
    query: optional(fields, 'search_query'),
    at: milliseconds(fields, 'event_time'),
  }
}
