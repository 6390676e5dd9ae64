import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyEdits, scanJson } from '../../ingest/redactJson.ts'
import { ruleTree, type RedactRule } from '../../ingest/redactRules.ts'

/** Puts `"X"` in the place of values. */
function edited(text: string, rules: Record<string, RedactRule>) {
  const bytes = Buffer.from(text)
  const { edits, isJson } = scanJson(bytes, ruleTree(rules), () => Buffer.from('"X"'))
  return { text: applyEdits(bytes, edits).toString(), isJson }
}

/** A JSON text as a producer might write it, and the same with `"X"` in the place of redacted values. */
interface Written {
  text: string
  expected: string
}

/** A JSON value whose numbers and strings are as they are written. */
type Tree =
  | { kind: 'scalar'; token: string }
  | { kind: 'array'; items: Tree[] }
  | { kind: 'object'; members: [string, Tree][] }

const keys = ['a', 'b', 'email', 'a.b', 'ü"']
const tokens = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '0',
    '-0',
    '1.10',
    '9007199254740993123',
    '1e400',
    'true',
    'false',
    'null',
    '"\\u0041\\/"',
    '"\\ud83d"',
  ),
)
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    tokens.map((token): Tree => ({ kind: 'scalar', token })),
    fc.array(tie('tree'), { maxLength: 4 }).map((items): Tree => ({ kind: 'array', items })),
    fc
      .array(fc.tuple(fc.constantFrom(...keys), tie('tree')), { maxLength: 5 })
      .map((members): Tree => ({ kind: 'object', members })),
  ),
}))
const spaces = fc.infiniteStream(fc.constantFrom('', '', ' ', '\n\t', '  '))
const escaped = fc.infiniteStream(fc.boolean())
const paths = fc.dictionary(
  fc
    .array(fc.constantFrom(...keys), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('.')),
  fc.constantFrom<RedactRule>('last4', 'hash', 'drop'),
  { maxKeys: 4 },
)
const dropsNothing = (rules: Record<string, RedactRule>) =>
  Object.fromEntries(
    Object.entries(rules).map(([path, rule]) => [path, rule === 'drop' ? 'hash' : rule]),
  )

/** The rules that hold inside of a value that has this key, by what is left of their paths; '' is the value itself. */
function within(rules: Record<string, RedactRule>, key: string): Record<string, RedactRule> {
  return Object.fromEntries(
    Object.entries(rules).flatMap(([path, rule]) =>
      path === key
        ? [['', rule]]
        : path.startsWith(`${key}.`)
          ? [[path.slice(key.length + 1), rule]]
          : [],
    ),
  )
}

function write(
  value: Tree,
  rules: Record<string, RedactRule>,
  space: () => string,
  escape: () => boolean,
): Written {
  const isRedacted = '' in rules && value.kind !== 'array'
  if (value.kind === 'scalar') {
    return { text: value.token, expected: isRedacted ? '"X"' : value.token }
  }
  const parts =
    value.kind === 'array'
      ? value.items.map((item) => write(item, rules, space, escape))
      : value.members.map(([key, inner]) => {
          const written = JSON.stringify(key)
          const name = escape() ? written.replace('e', '\\u0065').replace('a', '\\u0061') : written
          const before = `${name}${space()}:${space()}`
          const { text, expected } = write(inner, within(rules, key), space, escape)
          return { text: before + text, expected: before + expected }
        })
  const [open, close] = value.kind === 'array' ? '[]' : '{}'
  const inside = parts.map(({ text, expected }) => {
    const [before, after] = [space(), space()]
    return { text: before + text + after, expected: before + expected + after }
  })
  const join = (part: keyof Written) => `${open}${inside.map((one) => one[part]).join(',')}${close}`
  return { text: join('text'), expected: isRedacted ? '"X"' : join('expected') }
}

test('whatever the text and the paths, everything but the redacted values is byte for byte what it was', () => {
  fc.assert(
    fc.property(tree, paths, spaces, escaped, (value, given, space, escape) => {
      const rules = dropsNothing(given)
      const next = () => space.next().value as string
      const { text, expected } = write(value, rules, next, () => escape.next().value as boolean)
      expect(edited(text, rules)).toEqual({ text: expected, isJson: true })
    }),
    { numRuns: 2_000 },
  )
})

/** What the rules make of a parsed value: the other way to the same end. */
function ofParsed(value: unknown, rules: Record<string, RedactRule>): unknown {
  if (Array.isArray(value)) return value.map((item) => ofParsed(item, rules))
  if ('' in rules) return 'X'
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const inside = within(rules, key)
      return inside[''] === 'drop' ? [] : [[key, ofParsed(inner, inside)]]
    }),
  )
}

test('whatever the text and the paths, the result parses to what the rules make of the parsed text', () => {
  fc.assert(
    fc.property(tree, paths, spaces, escaped, (value, rules, space, escape) => {
      const next = () => space.next().value as string
      const { text } = write(value, {}, next, () => escape.next().value as boolean)
      const { text: result, isJson } = edited(text, rules)
      expect(isJson).toBe(true)
      expect(JSON.parse(result)).toEqual(ofParsed(JSON.parse(text), rules))
    }),
    { numRuns: 2_000 },
  )
})

test('what is JSON and what is not is what JSON.parse says', () => {
  const bits = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '\\',
    '\\u00e4',
    '\\u00g4',
    '\\x',
    '1',
    '0',
    '-',
    '.',
    'e',
    '+',
    'true',
    'fals',
    'null',
    ' ',
    '\n',
    '\f',
    '\u00a0',
    '\u0007',
    '/',
  )
  const isJson = (text: string) => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.nat(3), fc.string({ maxLength: 2 }))
    .map(
      ([text, at, count, other]) =>
        text.slice(0, at % text.length) + other + text.slice((at % text.length) + count),
    )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(bits, { maxLength: 12 }).map((parts) => parts.join('')),
        fc.json(),
        broken,
      ),
      (text) => {
        expect(edited(text, { a: 'hash' }).isJson).toBe(isJson(text))
      },
    ),
    { numRuns: 20_000 },
  )
})
