import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { replay } from '../../../generator/replay/replay.ts'
import { atEnd } from '../../support/cleanUp.ts'
import { newDataFolder } from '../../support/dataFolder.ts'

test('stopped before the hash is known, it sends nothing and asks for no broker', async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const path = join(folder, 'events.ndjson')
  writeFileSync(path, '1\n')
  const result = await replay({
    path,
    topic: 'nowhere',
    delimiter: ',',
    emptyAsText: false,
    skipBad: false,
    kafka: { brokers: ['127.0.0.1:1'] },
    signal: AbortSignal.abort(),
    logger: pino({ level: 'silent' }),
  })
  expect(result).toMatchObject({ events: 0, fileId: null, lastLine: null, isComplete: false })
})
