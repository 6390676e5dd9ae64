import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { PartitionState } from '../../../ingest/fetchBuffer.ts'
import { fileLog } from '../../../ingest/files/fileLog.ts'
import { FollowedFile } from '../../../ingest/files/followedFile.ts'
import type { FoundFile } from '../../../ingest/files/listFiles.ts'
import { beginning, type FileFault } from '../../../ingest/files/place.ts'
import type { Source } from '../../../ingest/sources.ts'
import { atEnd } from '../../support/cleanUp.ts'

const limits = { maxBytes: 1 << 20, maxBytesPerPartition: 1 << 20, maxWaitMs: 1 }

test('a fault is told when all that stands before it is stored', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-file-log-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'topic.ndjson')
  writeFileSync(path, '{"n": 1}\n{"n": 2}\n')
  const found = { path, form: 'payload', inode: String(statSync(path).ino), size: 18 } as FoundFile
  const state: PartitionState = {
    source: { topic: 'topic' } as Source,
    partition: 0,
    storedOffset: 1,
    batchNo: 1,
    fetchOffset: 1,
    endOffset: 1,
    chunks: [],
  }
  const told: FileFault[] = []
  const file = new FollowedFile(found, beginning)
  const log = fileLog([{ state, found, file }], {
    onFault: (_, fault) => told.push(fault),
    onMoved: () => undefined,
  })
  const [fetched] = await log.fetch('files', [], limits)
  expect(fetched!.next).toBe(3)
  // it waits in the buffer
  state.fetchOffset = 3
  truncateSync(path, 4)
  await log.fetch('files', [], limits)
  expect(told).toEqual([])
  state.storedOffset = 3
  await log.fetch('files', [], limits)
  expect(told).toMatchObject([{ kind: 'file_changed' }])
})
