import pg from 'pg'
import { columnsOf, type Model } from './model.ts'

/** A part of generated SQL; `offset` is set where it is the file's own text, for error positions. */
export interface Piece {
  text: string
  offset?: number
}

export interface Compiled {
  create: Piece[]
  /** Statements that follow: indexes. */
  after: string[]
  objectType: 'view' | 'materialized view'
}

const quote = (name: string) => pg.escapeIdentifier(name)
const own = (text: string): Piece => ({ text })

export function qualified(model: { schema: string; object: string }): string {
  return `${quote(model.schema)}.${quote(model.object)}`
}

/**
 * The SQL that makes a model. `columns` are the output columns of its select, as the server names them.
 * Event and entity models are views over bronze that keep one row per key; incremental models are views.
 */
export function compile(model: Model, columns: string[]): Compiled {
  const view = (pieces: Piece[]): Compiled => ({
    create: [own(`create or replace view ${qualified(model)} as\n`), ...pieces],
    after: [],
    objectType: 'view',
  })
  if (model.kind === 'materialized') {
    const grain = columnsOf(model, 'grain').map(quote).join(', ')
    const index = quote(`${model.object}_grain_idx`)
    return {
      create: [own(`create materialized view ${qualified(model)} as\n`), bodyOf(model)],
      after: [`create unique index ${index} on ${qualified(model)} (${grain})`],
      objectType: 'materialized view',
    }
  }
  if (model.kind === 'event' && model.header['key']) return view(firstPerKey(model, columns))
  if (model.kind === 'entity') return view(newestPerKey(model, columns))
  return view([bodyOf(model)])
}

export const bodyOf = (model: Model): Piece => ({ text: model.body, offset: model.bodyOffset })

const coordinates = ['ingested_at', 'generation', 'kafka_partition', 'kafka_offset']
const coordinateOrder = coordinates.map((column) => `sluice_${column}`).join(', ')

/** The model's select with columns of bronze added in front of each branch's own. */
function withBronze(model: Model, bronzeColumns: string[]): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const { targetOffset, bronze } of model.structure.branches) {
    const added = bronzeColumns.map(
      (column) => `${quote(bronze!.alias)}.${column} as sluice_${column}`,
    )
    pieces.push({ text: model.body.slice(from, targetOffset), offset: model.bodyOffset + from })
    pieces.push(own(`${added.join(', ')},\n  `))
    from = targetOffset
  }
  pieces.push({ text: model.body.slice(from), offset: model.bodyOffset + from })
  return pieces
}

/** Of repeated events the first stored stays. A key with a null part is never taken for a repeat. */
function firstPerKey(model: Model, columns: string[]): Piece[] {
  const key = columnsOf(model, 'key').map(quote)
  const isNull = key.map((column) => `${column} is null`).join(' or ')
  const distinct = `${key.join(', ')}, case when ${isNull} then gen_random_uuid() end`
  return [
    own(
      `select ${columns.map(quote).join(', ')}\nfrom (\n  select distinct on (${distinct}) *\n  from (\n`,
    ),
    ...withBronze(model, coordinates),
    own(`\n  ) as events\n  order by ${distinct}, ${coordinateOrder}\n) as first_events`),
  ]
}

/**
 * The newest version wins, then kafka_at, partition, offset. With `delete: tombstone` an event without
 * a payload removes the entity that its Kafka key names.
 */
function newestPerKey(model: Model, columns: string[]): Piece[] {
  const key = columnsOf(model, 'key').map(quote)
  const deletes = model.header['delete'] !== undefined
  const identity = deletes ? [`coalesce(${key[0]!}::text, sluice_kafka_key)`] : key
  const version = columnsOf(model, 'version').map(quote)
  const newest = [...version, 'sluice_kafka_at', 'sluice_kafka_partition', 'sluice_kafka_offset']
  const bronze = ['kafka_at', 'kafka_partition', 'kafka_offset', 'kafka_key', 'payload']
  const order = [...identity, ...newest.map((column) => `${column} desc`)].join(', ')
  // an entry without a version can't be compared; a tombstone has none
  const versioned = version.map(
    (column) => `(${column} is not null${deletes ? ' or sluice_payload is null' : ''})`,
  )
  const present = [...identity.map((part) => `${part} is not null`), ...versioned].join(' and ')
  return [
    own(
      `select ${columns.map(quote).join(', ')}\nfrom (\n  select distinct on (${identity.join(', ')}) *\n  from (\n`,
    ),
    ...withBronze(model, bronze),
    own(`\n  ) as versions\n  where ${present}\n  order by ${order}\n) as newest_versions`),
    ...(deletes ? [own('\nwhere sluice_payload is not null')] : []),
  ]
}
