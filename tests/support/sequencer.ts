import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What waits more than it works comes first, beside the rest: at the end it would be waited for alone. */
const first = [
  'tests/faults/',
  'tests/ingest/silentBroker',
  'tests/ingest/files/takeOver',
  'tests/ticks/surroundings',
]

/** The order of test files: what takes longest without need of a core begins at once. */
export class LongestWaitFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const place = ({ moduleId }: TestSpecification) => {
      const index = first.findIndex((part) => moduleId.includes(part))
      return index < 0 ? first.length : index
    }
    return sorted.toSorted((a, b) => place(a) - place(b))
  }
}
