import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brokersOf, readConfig } from '../../cli/config.ts'
import { connect } from '../../cli/database.ts'
import { kafkaConfig } from '../../cli/kafkaConfig.ts'
import { UserError } from '../../cli/userError.ts'
import { engineViews, packageViews } from '../../cli/viewFolders.ts'
import { atEnd } from '../support/cleanUp.ts'

const database = { DATABASE_URL: 'postgres://somebody:secret@127.0.0.1/sluice' }

function complaint(env: Record<string, string>): string {
  try {
    kafkaConfig(readConfig({ ...database, KAFKA_BROKERS: 'localhost:9092', ...env }))
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
  throw new Error('The settings were taken.')
}

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-settings-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'setting')
  writeFileSync(file, text)
  return file
}

test('the folder of the package may be among the folders of views, by any path', () => {
  const { viewFolders } = readConfig({ ...database, SLUICE_VIEWS: 'views:/srv/metrics' })
  expect(viewFolders).toEqual([packageViews, '/srv/metrics'])
  expect(readConfig({ ...database, SLUICE_VIEWS: '/srv/metrics' }).viewFolders).toEqual([
    engineViews,
    '/srv/metrics',
  ])
})

test('settings have defaults', () => {
  expect(readConfig(database)).toMatchObject({
    KAFKA_SSL: false,
    SLUICE_GROUP_ID: 'sluice',
    SLUICE_FLUSH_ROWS: 20_000,
    SLUICE_LOG_LEVEL: 'info',
    hasDatabase: true,
  })
})

test('an empty setting is none', () => {
  expect(readConfig({ ...database, SLUICE_GROUP_ID: '', KAFKA_SSL: '' })).toMatchObject({
    SLUICE_GROUP_ID: 'sluice',
    KAFKA_SSL: false,
  })
})

test('brokers are a list, with or without spaces', () => {
  const config = readConfig({ ...database, KAFKA_BROKERS: 'one:9092, two:9092,' })
  expect(brokersOf(config)).toEqual(['one:9092', 'two:9092'])
})

test('all wrong settings are one message, each with what was found', () => {
  const message = complaint({
    DATABASE_URL: 'mysql://root:secret@localhost/x',
    KAFKA_SSL: 'maybe',
    KAFKA_SASL_MECHANISM: 'md5',
    SLUICE_FLUSH_ROWS: 'many',
    SLUICE_FLUSH_MS: '0',
    SLUICE_BUFFER_BYTES: '1.5',
    SLUICE_LOG_LEVEL: 'loud',
  })
  expect(message).toMatch(/^The environment has wrong settings:\n/)
  for (const name of [
    'DATABASE_URL',
    'KAFKA_SSL',
    'KAFKA_SASL_MECHANISM',
    'SLUICE_FLUSH_ROWS',
    'SLUICE_FLUSH_MS',
    'SLUICE_BUFFER_BYTES',
    'SLUICE_LOG_LEVEL',
  ]) {
    expect(message).toMatch(new RegExp(`^ {2}${name}: `, 'm'))
  }
  expect(message).toContain('SLUICE_FLUSH_ROWS: expected a whole number (found: many)')
  expect(message).toMatch(/\nSee \.env\.example\.$/)
})

test('settings that do not fit together are in the same message as the others', () => {
  const message = complaint({ KAFKA_SASL_USERNAME: 'me', SLUICE_FLUSH_ROWS: 'many' })
  expect(message).toContain(
    'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD go together',
  )
  expect(message).toContain('SLUICE_FLUSH_ROWS')
})

test('no secret is in a message', () => {
  const message = complaint({
    DATABASE_URL: 'mysql://root:secret@localhost/x',
    KAFKA_SASL_PASSWORD: 'secret',
    KAFKA_SSL_KEY: 'secret',
    SLUICE_ROLE_PASSWORD: 'secret',
    SLUICE_LOG_LEVEL: 'loud',
  })
  expect(message).not.toContain('secret')
})

test('X_FILE names a file that holds X', () => {
  const file = fileWith('postgres://a:b@host/database\n')
  expect(readConfig({ DATABASE_URL_FILE: file }).DATABASE_URL).toBe('postgres://a:b@host/database')
})

test('X_FILE of a file that is not there, and X beside X_FILE, are told together', () => {
  const message = complaint({
    KAFKA_SASL_PASSWORD_FILE: '/nowhere/password',
    SLUICE_GROUP_ID: 'one',
    SLUICE_GROUP_ID_FILE: fileWith('two'),
  })
  expect(message).toContain('KAFKA_SASL_PASSWORD_FILE: there is no file /nowhere/password')
  expect(message).toContain('SLUICE_GROUP_ID and SLUICE_GROUP_ID_FILE are both set: keep one')
})

test('X_FILE of a folder is told, with its name', () => {
  expect(complaint({ SLUICE_GROUP_ID_FILE: tmpdir() })).toContain(`SLUICE_GROUP_ID_FILE: `)
})

test('without a database it is said how to name one', async () => {
  const config = { ...readConfig(database), DATABASE_URL: undefined, hasDatabase: false }
  await expect(connect(config, 'test')).rejects.toThrow(/^DATABASE_URL is not set\. .*npm start/)
})

test('without brokers it is said how to name them', () => {
  expect(() => brokersOf({ ...readConfig(database), KAFKA_BROKERS: undefined })).toThrow(
    /^KAFKA_BROKERS is not set\. .*npm start/,
  )
})

test.each(['postgres://user:secret@host:notaport/db', 'postgres://user:sec%ret@host/db'])(
  'a URL that is none, %s, is told without its secret',
  async (url) => {
    const error: unknown = await Promise.resolve()
      .then(() => connect(readConfig({ DATABASE_URL: url }), 'test'))
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect((error as Error).message).toContain('DATABASE_URL')
    expect((error as Error).message).not.toMatch(/sec%?ret/)
  },
)
