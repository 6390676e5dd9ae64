import { parseDecimal } from './decimal.ts'
import type { DigitsJson } from './storableJson.ts'

// Reads the fields of an event as the casts of the silver models do.

export type Fields = Record<string, DigitsJson | undefined>

/**
 * Thrown where a model's cast would fail: the event is stored in bronze, but makes no row of
 * silver.
 */
export class Unreadable extends Error {}

const uuidForm = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/

export function asFields(json: DigitsJson): Fields {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new Unreadable('no JSON object')
  }
  return json
}

export function optional(fields: Fields, name: string): string | null {
  const value = fields[name] ?? null
  if (value !== null && typeof value !== 'string') throw new Unreadable(`${name} is no text`)
  return value
}

export function required(fields: Fields, name: string): string {
  const value = optional(fields, name)
  if (value === null) throw new Unreadable(`${name} is missing`)
  return value
}

export function uuid(fields: Fields, name: string): string {
  const value = required(fields, name)
  if (!uuidForm.test(value)) throw new Unreadable(`${name} "${value}" is no uuid`)
  return value.toLowerCase()
}

export function cents(fields: Fields, name: string): bigint {
  const value = parseDecimal(required(fields, name), 2)
  if (value === null) throw new Unreadable(`${name} is no amount`)
  return value
}

/** An int4. */
export function wholeNumber(fields: Fields, name: string): bigint {
  const value = required(fields, name)
  const number = /^[+-]?\d+$/.test(value) ? BigInt(value) : null
  if (number === null || BigInt.asIntN(32, number) !== number) {
    throw new Unreadable(`${name} "${value}" is no int4`)
  }
  return number
}

/** An ISO time with its zone, in milliseconds since 1970. */
export function milliseconds(fields: Fields, name: string): number {
  const value = required(fields, name)
  const at = timeForm.test(value) ? Date.parse(value) : NaN
  if (Number.isNaN(at)) throw new Unreadable(`${name} "${value}" is no ISO time`)
  return at
}
