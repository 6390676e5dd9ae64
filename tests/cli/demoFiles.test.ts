import { existsSync, lstatSync, readFileSync, readdirSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { sluice } from '../support/sluice.ts'

vi.setConfig({ testTimeout: 240_000 })

const number = (summary: string, name: string) =>
  Number(new RegExp(`^  ${name} +([\\d,]+)$`, 'm').exec(summary)?.[1]?.replaceAll(',', ''))

test('npm start without Kafka makes its events, stores each once and ends with 0; again it goes on', async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const start = () =>
    sluice(['demo', '--no-kafka', '--events', '10000', '--exit', '--data', folder])
  for (const times of [1, 2]) {
    const { code, stdout, stderr } = await start()
    expect({ code, error: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, error: '' })
    expect(stdout).toContain('Summary of this run, from the files and the database')
    expect(number(stdout, 'events made')).toBe(10_000)
    expect(number(stdout, 'stored') + number(stdout, 'dead letters')).toBe(10_000)
    expect(stdout).toContain('Exactly once: events made = stored + dead letters.')
    const lines = readdirSync(join(folder, 'events')).flatMap((name) =>
      readFileSync(join(folder, 'events', name), 'utf8')
        .trimEnd()
        .split('\n'),
    )
    expect(lines).toHaveLength(times * 10_000)
  }
  expect(existsSync(join(folder, 'kafka-data'))).toBe(false)
})

test('npm start goes through files where there is no Kafka', async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const env = { PATH: pathWithout(['java', 'mvn', 'docker']), JAVA_HOME: '' }
  const { code, stdout } = await sluice(
    ['demo', '--events', '1000', '--exit', '--data', folder],
    env,
  )
  expect(stdout).toContain('There is no Kafka to use. Found: no java on PATH')
  expect(stdout).toContain('Exactly once: events made = stored + dead letters.')
  expect(code).toBe(0)
})

/** A PATH with all programs of ours but these. */
function pathWithout(names: string[]): string {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  for (const part of process.env.PATH!.split(delimiter).filter(existsSync)) {
    for (const name of readdirSync(part)) {
      const link = join(folder, name)
      if (!names.includes(name) && !lstatSync(link, { throwIfNoEntry: false }))
        symlinkSync(join(part, name), link)
    }
  }
  return folder
}
