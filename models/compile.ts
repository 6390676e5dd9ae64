import { columnsOf, type Model } from './model.ts'
import { qualified, quote } from './storeNames.ts'

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

const own = (text: string): Piece => ({ text })

/** The SQL that makes the relation of a view or a materialized model. */
export function compile(model: Model): Compiled {
  if (model.kind !== 'materialized') {
    return {
      create: [own(`create or replace view ${qualified(model)} as\n`), bodyOf(model)],
      after: [],
      objectType: 'view',
    }
  }
  const grain = columnsOf(model, 'grain').map(quote).join(', ')
  const index = quote(`${model.object}_grain_idx`)
  return {
    create: [own(`create materialized view ${qualified(model)} as\n`), bodyOf(model)],
    after: [`create unique index ${index} on ${qualified(model)} (${grain})`],
    objectType: 'materialized view',
  }
}

export const bodyOf = (model: Model): Piece => ({ text: model.body, offset: model.bodyOffset })
