// docs/replay.md: the model that it shows counts a line once, though its file is sent twice.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectFolder } from '../../cli/projectFolder.ts'
import { tick } from '../models/bronzeRows.ts'
import { newProject } from '../models/project.ts'
import { testKafka } from '../support/kafka.ts'
import { sluiceOk } from '../support/sluice.ts'

const page = readFileSync(join(projectFolder, 'docs/replay.md'), 'utf8')
const [, csv] = /```csv\n([\s\S]*?)```/.exec(page)!
const [, sources] = /```sql\n(-- The topics[\s\S]*?)```/.exec(page)!
const [, model] = /```sql\n(-- Receipts[\s\S]*?)```/.exec(page)!

test('a file that is sent twice is counted once, and two equal lines of it as two', async () => {
  const kafka = testKafka()
  const topic = await kafka.topic('till-receipts', { numPartitions: 3 })
  const project = await newProject({
    'tills/sources.sql': sources!.replace("'till-receipts'", `'${topic}', 'till_receipts'`),
    'tills/silver/receipts.sql': model!,
  })
  await project.apply()
  const file = join(project.folder, 'receipts.csv')
  writeFileSync(file, csv!)
  const environment = {
    KAFKA_BROKERS: kafka.brokers.join(','),
    DATABASE_URL: project.database.url('sluice_ingest'),
    SLUICE_GROUP_ID: topic,
  }
  for (let time = 1; time <= 2; time++) {
    await sluiceOk(['replay', file, '--topic', topic], environment)
    await sluiceOk(['ingest', '--until-caught-up'], environment)
    await tick(project.owner)
    expect(await project.rows('select count(*)::int as n from bronze.till_receipts')).toEqual([
      { n: 3 * time },
    ])
    expect(
      await project.rows('select line_number, shop, amount from silver.receipts order by 1'),
    ).toEqual([
      { line_number: '2', shop: 'Graz', amount: '12.50' },
      { line_number: '3', shop: 'Graz', amount: '12.50' },
      { line_number: '4', shop: 'Linz', amount: '7.90' },
    ])
  }
})
