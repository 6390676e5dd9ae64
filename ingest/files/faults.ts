import type { FoundFile } from './listFiles.ts'
import type { FileFault } from './place.ts'

/** Faults that reading has met; each counts as long as the file stays as it is. */
export class Faults {
  private readonly met = new Map<string, { asOf: string; fault: FileFault }>()

  add(file: FoundFile, fault: FileFault): void {
    this.met.set(file.path, { asOf: marksOf(file), fault })
  }

  of(file: FoundFile): FileFault | undefined {
    const met = this.met.get(file.path)
    return met?.asOf === marksOf(file) ? met.fault : undefined
  }
}

/** What changes when somebody does something about a file. */
export const marksOf = ({ inode, size, modifiedMs, changedMs }: FoundFile): string =>
  [inode, size, modifiedMs, changedMs].join(' ')
