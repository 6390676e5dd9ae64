import { scanSync } from 'libpg-query'
import { parseStatements } from './ast.ts'
import type { StoredModel } from './stored.ts'
import { parseStructure, type Reference } from './structure.ts'

/** The functions that a stored model makes, as `schema.name`. */
export const functionsOf = (stored: StoredModel): string[] =>
  (structureOf(stored)?.creates ?? []).map(nameOf)

/** The functions that a stored model calls, also in the bodies of functions that are texts, as `schema.name`. */
export function callsOf(stored: StoredModel): string[] {
  const calls = (structureOf(stored)?.calls ?? []).map(nameOf)
  if (stored.kind !== 'routine') return calls
  return [...calls, ...textBodies(parseStatements(stored.definition)).flatMap(callsIn)]
}

const nameOf = ({ schema, name }: Reference) => `${schema}.${name}`

const structureOf = ({ path, definition: body }: StoredModel) =>
  parseStructure({ path, text: body, body, bodyOffset: 0 }, [])

/** The texts below `as` of the functions in a syntax tree. */
function textBodies(node: unknown): string[] {
  if (node === null || typeof node !== 'object') return []
  const element = (node as { DefElem?: { defname: string; arg: unknown } }).DefElem
  if (element?.defname === 'as') return stringsIn(element.arg)
  return Object.values(node).flatMap(textBodies)
}

function stringsIn(node: unknown): string[] {
  if (typeof node === 'string') return [node]
  return node === null || typeof node !== 'object' ? [] : Object.values(node).flatMap(stringsIn)
}

/** A body of SQL or PL/pgSQL is read by its words. */
function callsIn(body: string): string[] {
  const words = wordsOf(body)
  return words.flatMap((schema, index) => {
    const [dot, name, bracket] = words.slice(index + 1, index + 4)
    return dot === '.' && name && bracket === '(' ? [`${plain(schema)}.${plain(name)}`] : []
  })
}

function wordsOf(body: string): string[] {
  try {
    const words = scanSync(body).tokens.filter(({ tokenName }) => !tokenName.endsWith('COMMENT'))
    return words.map(({ text }) => text)
  } catch {
    // of another language, whose quotes are not SQL's
    return []
  }
}

const plain = (identifier: string) =>
  identifier.startsWith('"')
    ? identifier.slice(1, -1).replaceAll('""', '"')
    : identifier.toLowerCase()
