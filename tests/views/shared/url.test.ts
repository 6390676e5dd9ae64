import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../support/database.ts'

let reader: pg.Client
beforeAll(async () => {
  reader = await (await testDatabase('applied')).client('grafana_reader')
})

const value = async (sql: string, ...values: (string | null)[]) =>
  (await reader.query<{ value: unknown }>(`select ${sql} as value`, values)).rows[0]!.value

test.each([
  ['https://shop.example/p/1?ref=a&q=b#top', '/p/1'],
  ['https://shop.example/p/1#top?not=a', '/p/1'],
  ['https://shop.example', '/'],
  ['https://shop.example?q=tea', '/'],
  ['http://user@shop.example:8080/a/b/', '/a/b/'],
  ['android-app://com.example.mail/inbox', '/inbox'],
  ['/p/1?next=https://shop.example/p/2', '/p/1'],
  ['/caf%C3%A9', '/caf%C3%A9'],
  ['//cdn.example/a', '/a'],
  ['https://shop.example//a', '//a'],
  ['https://shop.example?q=1/2', '/'],
  ['p?next=https://shop.example/p/2', 'p'],
  ['mailto:anna@shop.example', 'mailto:anna@shop.example'],
  ['p/1?a=b', 'p/1'],
  ['', ''],
  ['no url at all', 'no url at all'],
  [null, null],
])('the path of %s is %s', async (url, path) => {
  expect(await value('silver.url_path($1)', url)).toBe(path)
})

test.each([
  ['https://shop.example/p/1', 'shop.example'],
  ['https://Shop.Example', 'shop.example'],
  ['http://anna:secret@shop.example:8080/a', 'shop.example'],
  ['https://shop.example?q=a@b:c', 'shop.example'],
  ['https://shop.example#/a', 'shop.example'],
  ['//cdn.example/a', 'cdn.example'],
  ['android-app://com.example.mail/', 'com.example.mail'],
])('the host of %s is %s', async (url, host) => {
  expect(await value('silver.url_host($1)', url)).toBe(host)
})

test.each([
  '/p/1',
  'p/1',
  '/p?next=https://a.example/',
  'p?next=https://a.example/',
  '/',
  '',
  null,
])('%s has no host', async (url) => {
  expect(await value('silver.url_host($1)', url)).toBeNull()
})

test.each([
  ['https://shop.example/?q=tea', 'tea'],
  ['https://shop.example/?a=1&q=tea&b=2#top', 'tea'],
  ['?q=first&q=second', 'first'],
  ['?q=black+tea', 'black tea'],
  ['?q=black%20tea', 'black tea'],
  ['?q=a%2Bb%26c%3Dd', 'a+b&c=d'],
  ['?q=gr%C3%BCn%e2%82%ac%F0%9F%AB%96', 'grün€🫖'],
  ['?q=grün+%C3%BC', 'grün ü'],
  ['?q=a=b?c', 'a=b?c'],
])('parameter q of %s is %s', async (url, q) => {
  expect(await value(`silver.url_parameter($1, 'q')`, url)).toBe(q)
})

test.each(['/p/1', '/p/1?', '?q=', '?q', '?Q=1&qq=2&aq=3', '/p/1#?q=tea', '', null])(
  'parameter q of %s is null',
  async (url) => {
    expect(await value(`silver.url_parameter($1, 'q')`, url)).toBeNull()
  },
)

test('a name is no pattern', async () => {
  expect(await value(`silver.url_parameter('?a.b=1&aXb=2', 'a.b')`)).toBe('1')
  expect(await value(`silver.url_parameter('?aXb=2', 'a.b')`)).toBeNull()
})

test.each([
  ['an escape that is none', '100%', '100%'],
  ['an escape that is none, beside a good one', '%zz+%41', '%zz A'],
  ['half a character', '%C3', '%C3'],
  ['a character that is written too long', '%C0%80', '%C0%80'],
  ['a lone surrogate', '%ED%A0%80', '%ED%A0%80'],
  ['a character beyond the last', '%F4%90%80%80', '%F4%90%80%80'],
  ['a byte that continues nothing', '%80a', '%80a'],
  ['a zero', 'a%00b', 'a%00b'],
])('%s is no error', async (_, text, decoded) => {
  expect(await value(`silver.url_parameter('/?q=' || $1, 'q')`, text)).toBe(decoded)
})

test('of all bytes, alone and in pairs, those are decoded that are UTF-8', async () => {
  const { rows } = await reader.query<{ one: number; two: number | null; decoded: string }>(
    `select one, two, silver.url_decoded(escaped) as decoded
    from generate_series(0, 255) as one
    cross join (select generate_series(0, 255) union all select null) as others (two)
    cross join lateral (
      select '%' || lpad(to_hex(one), 2, '0') || coalesce('%' || lpad(to_hex(two), 2, '0'), '')
    ) as texts (escaped)`,
  )
  expect(rows).toHaveLength(256 * 257)
  const wrong = rows.filter(({ one, two, decoded }) => {
    const bytes = Buffer.from(two === null ? [one] : [one, two])
    return decoded !== (textOf(bytes) ?? bytes.toString('hex').replace(/../g, '%$&'))
  })
  expect(wrong).toEqual([])
})

/** As PostgreSQL has texts: UTF-8, without U+0000. */
function textOf(bytes: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}
