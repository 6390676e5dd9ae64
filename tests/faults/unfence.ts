import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../cli/projectFolder.ts'
import { asOwner, type World } from './world.ts'

/** What makes the fence in views/ops/advance.sql, and what stands there without it. */
const patches: [string, string][] = [
  ['      and offsets.next_offset = wanted.from_offset\n', ''],
  ['      and offsets.next_batch_no = wanted.batch_no\n', ''],
  // else the ledger's primary key would refuse a number that comes again
  [
    'returning wanted.*',
    `returning wanted.source_id, wanted.generation, wanted.partition,
      offsets.next_batch_no - 1 as batch_no, wanted.from_offset, wanted.first_offset,
      wanted.last_offset, wanted.next_offset, wanted.rows, wanted.dead_letters, wanted.bytes,
      wanted.newest_kafka_at`,
  ],
]

/** Takes the compare-and-swap out of the database of this world: what is stored twice is then stored twice. */
export async function takeFenceAway(world: World): Promise<void> {
  let sql = readFileSync(join(projectFolder, 'views/ops/advance.sql'), 'utf8')
  for (const [find, replace] of patches) {
    if (sql.split(find).length !== 2)
      throw new Error(`views/ops/advance.sql has not once:\n${find}`)
    sql = sql.replace(find, () => replace)
  }
  await asOwner(world, (owner) => owner.query(sql))
}
