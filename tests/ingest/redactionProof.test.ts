// No byte of a card number that redaction takes out reaches the disk of the server or a log; the same search finds
// those of a source without redaction.
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, expect, test, vi } from 'vitest'
import { readConfig } from '../../cli/config.ts'
import { migrate } from '../../cli/migrate.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { testKafka, type TestMessage } from '../support/kafka.ts'
import { ownPostgres } from '../support/ownPostgres.ts'
import { sluice } from '../support/sluice.ts'
import { findCards } from './searchBytes.ts'

vi.setConfig({ testTimeout: 240_000 })

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const noise = (length: number) =>
  Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
const newCard = () =>
  String(randomInt(4_000_000_000_000, 4_999_999_999_999)) + String(randomInt(100, 999))
const inFours = (card: string, separator: string) => card.match(/\d{4}/g)!.join(separator)

/** Ways in which a card number comes. `isBad`: the event becomes a dead letter. */
const ways: Record<string, { isBad?: boolean; message: (card: string) => TestMessage }> = {
  'a string': { message: (card) => ({ value: `{"card": "${card}"}` }) },
  'a number': { message: (card) => ({ value: `{"card": ${card}}` }) },
  'with spaces': { message: (card) => ({ value: `{"card": "${inFours(card, ' ')}"}` }) },
  'with dashes': { message: (card) => ({ value: `{"card": "${inFours(card, '-')}"}` }) },
  'hashed, in an array': { message: (card) => ({ value: `{"cards": [{"number": ${card}}]}` }) },
  dropped: { message: (card) => ({ value: `{"secret": {"card": "${card}"}, "n": 1}` }) },
  'an escaped name': { message: (card) => ({ value: `{"c\\u0061rd": "${card}"}` }) },
  'a large payload that is compressed': {
    message: (card) => ({ value: { card, filler: 'abc '.repeat(20_000) } }),
  },
  'a large payload that is not': {
    message: (card) => ({ value: { card, filler: noise(100_000) } }),
  },
  'a number in a large payload': {
    message: (card) => ({ value: `{"card": ${card}, "filler": "${noise(100_000)}"}` }),
  },
  'the key': { message: (card) => ({ key: card, value: '{}' }) },
  'a header': { message: (card) => ({ headers: { card }, value: '{}' }) },
  'JSON that breaks off': {
    isBad: true,
    message: (card) => ({ value: `{"note": "${inFours(card, ' ')}", "a` }),
  },
  'no JSON': { isBad: true, message: (card) => ({ value: `card ${inFours(card, '-')}.` }) },
  'an event that only the server refuses': {
    isBad: true,
    message: (card) => ({ value: `{"card": ${card}, "n": 1e400000}` }),
  },
  'a null character': { isBad: true, message: (card) => ({ value: `{"card": "${card}\\u0000"}` }) },
  'not UTF-8': {
    isBad: true,
    message: (card) => ({ value: Buffer.from(`{"card": ${card}, "name": "Müller"}`, 'latin1') }),
  },
  'a large dead letter': {
    isBad: true,
    message: (card) => ({ value: `${noise(100_000)} ${card} ${noise(20_000)}` }),
  },
}
const names = Object.keys(ways)
/** Of each way. One may lie across two pages of the WAL, where a search for it does not see it. */
const cardsEach = 3

interface Found {
  /** The ways of the cards that were found there. */
  tables: string[]
  wal: string[]
  serverLog: string[]
  applicationLog: string[]
}
let redacted: Found
let plain: Found

beforeAll(async () => {
  const server = await ownPostgres({ log_statement: 'all', wal_compression: 'off', fsync: 'off' })
  const password = new URL(server.urlFor('sluice_ingest')).password
  await migrate(
    readConfig({ DATABASE_URL: server.urlFor('postgres'), SLUICE_ROLE_PASSWORD: password }),
  )
  const admin = new pg.Client({ connectionString: server.urlFor('postgres') })
  await admin.connect()
  atEnd(() => admin.end())
  const kafka = testKafka()

  /** Sends cards in each way to a source with these rules. Returns which card came which way. */
  const send = async (name: string, rules: string): Promise<Map<string, string>> => {
    const topic = await kafka.topic(name)
    await admin.query(`select ops.add_source('${topic}', p_table => '${name}' ${rules})`)
    const cards = new Map(
      names.flatMap((way) => Array.from({ length: cardsEach }, () => [newCard(), way] as const)),
    )
    await kafka.produce(
      topic,
      [...cards].map(([card, way]) => ways[way]!.message(card)),
    )
    return cards
  }
  const cards = {
    redacted: await send(
      'redacted',
      `, p_redact => '{"card": "last4", "cards.number": "hash", "secret": "drop"}',
        p_redact_key => 'hash', p_redact_headers => '{"card": "last4"}'`,
    ),
    plain: await send('plain', ''),
  }
  const { code, stderr } = await sluice(['ingest', '--until-caught-up'], {
    DATABASE_URL: server.urlFor('sluice_ingest'),
    KAFKA_BROKERS: kafka.brokers.join(','),
    SLUICE_GROUP_ID: `proof-${process.pid}`,
    SLUICE_REDACT_KEY: 'a secret',
    SLUICE_LOG_LEVEL: 'trace',
  })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  const { rows } = await admin.query<{ table_name: string; stored: number; letters: number }>(
    `select table_name, stored_rows::int as stored, dead_letters::int as letters
    from ops.source_status order by 1`,
  )
  const bad = names.filter((name) => ways[name]!.isBad).length
  expect(rows).toEqual(
    ['plain', 'redacted'].map((table_name) => ({
      table_name,
      stored: (names.length - bad) * cardsEach,
      letters: bad * cardsEach,
    })),
  )
  await admin.query('checkpoint')

  const { folder, remove } = newDataFolder()
  atEnd(remove)
  writeFileSync(join(folder, 'application.log'), stderr)
  const { rows: data } = await admin.query<{ path: string }>(
    `select current_setting('data_directory') as path`,
  )
  const search = (given: Map<string, string>): Found => {
    const within = (path: string) =>
      [...new Set([...findCards(path, [...given.keys()])].map((card) => given.get(card)!))].sort()
    return {
      tables: within(join(data[0]!.path, 'base')),
      wal: within(join(data[0]!.path, 'pg_wal')),
      serverLog: within(server.logFile!),
      applicationLog: within(folder),
    }
  }
  redacted = search(cards.redacted)
  plain = search(cards.plain)
})

test('of a source with redaction no card number is found: not in tables, WAL, nor in any log', () => {
  expect(redacted).toEqual({ tables: [], wal: [], serverLog: [], applicationLog: [] })
})

test('of a source without it the same search finds those of every way, in tables and in the WAL', () => {
  expect(plain.tables).toEqual([...names].sort())
  expect(plain.wal).toEqual([...names].sort())
})

test('and in the log of the server those of dead letters', () => {
  expect(plain.serverLog).toEqual(names.filter((name) => ways[name]!.isBad).sort())
})

test('the log of Sluice has none, with redaction or without', () => {
  expect(plain.applicationLog).toEqual([])
})
