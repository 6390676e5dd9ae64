import { setTimeout as wait } from 'node:timers/promises'
import type { FetchedPartition } from '../fetchResponse.ts'
import type { KafkaClient } from '../kafka.ts'
import type { ReadLines } from './followedFile.ts'
import { unreadable } from './matchFiles.ts'
import type { OpenFile } from './openFiles.ts'
import type { FileFault } from './place.ts'

/** What storing needs of a log; files and brokers both have it. */
export type Log = Pick<KafkaClient, 'leadersOf' | 'fetch'>

/** What is to be done about a file; after that files have to be opened anew. */
interface Events {
  /** It can't be read on. */
  onFault: (file: OpenFile, fault: FileFault) => void
  /** Under its path there is another one now. */
  onMoved: () => void
}

/** Files as a log that is fetched from. */
export function fileLog(files: OpenFile[], { onFault, onMoved }: Events): Log {
  let turn = 0
  const faults = new Map<OpenFile, FileFault>()
  const fetchOne = async (opened: OpenFile, mostBytes: number) => {
    if (faults.has(opened)) return undefined
    try {
      const read = await opened.file.read(mostBytes)
      if (read === 'moved') onMoved()
      else if (read && 'fault' in read) faults.set(opened, read.fault)
      else return read
    } catch (error) {
      faults.set(opened, unreadable(opened.file.path, error))
    }
    return undefined
  }
  /** First what stands before the fault is stored: nobody reads it again while the file is stopped. */
  const report = () => {
    for (const [opened, fault] of faults) {
      if (opened.state.storedOffset === opened.state.fetchOffset) onFault(opened, fault)
    }
  }
  return {
    leadersOf: (partitions) => new Map(partitions.length > 0 ? [['files', partitions]] : []),
    async fetch(_nodeId, _requests, { maxBytes, maxBytesPerPartition, maxWaitMs }) {
      const fetched: FetchedPartition[] = []
      let bytes = 0
      // each in its turn, so that a large file does not keep the others waiting
      for (let count = 0; count < files.length && bytes < maxBytes; count++) {
        const opened = files[turn++ % files.length]!
        const read = await fetchOne(opened, maxBytesPerPartition)
        fetched.push(fetchedOf(opened, read))
        bytes += read?.bytes ?? 0
      }
      report()
      // to look at many files costs more
      if (bytes === 0) await wait(maxWaitMs + files.length)
      return fetched
    },
  }
}

function fetchedOf({ state, file }: OpenFile, read: ReadLines | undefined): FetchedPartition {
  return {
    topic: state.source.topic,
    partition: state.partition,
    errorCode: 0,
    logStartOffset: 1,
    lastStableOffset: file.endLine,
    records: read?.records ?? [],
    next: read?.next ?? null,
    bytes: read?.bytes ?? 0,
    compressedBytes: read?.bytes ?? 0,
    ...(read ? { file: read.place } : {}),
  }
}
