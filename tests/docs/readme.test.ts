// README.md, "How to add a metric": the file that it shows does what it says.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectFolder } from '../../cli/projectFolder.ts'
import { verifyModels } from '../../models/verify.ts'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { newProject } from '../models/project.ts'

const page = readFileSync(join(projectFolder, 'README.md'), 'utf8')
const domain = join(projectFolder, 'views/ecommerce')

const search = (n: number, userId: string, query: string, results: number) => ({
  payload: {
    event_id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    user_id: userId,
    query,
    results,
    event_time: '2026-03-01T10:00:00Z',
  },
})

test('the metric of the README is planned, applied and counted as it says', async () => {
  const [, text] = /`views\/ecommerce\/gold\/search_terms\.sql`:\n\n```sql\n([\s\S]*?)```/.exec(
    page,
  )!
  const project = await newProject({
    'ecommerce/sources.sql': readFileSync(join(domain, 'sources.sql'), 'utf8'),
    'ecommerce/silver/searches.sql': readFileSync(join(domain, 'silver/searches.sql'), 'utf8'),
  })
  await project.apply()
  await storeEvents(project.owner, 'ecommerce_searches', [
    search(1, 'u1', 'tent', 4),
    search(2, 'u2', 'tent', 3),
    search(3, 'u2', 'tennt', 0),
  ])
  project.write({ 'ecommerce/gold/search_terms.sql': text! })
  const [planned] = await project.plan()
  const [, kind, reason, strategy] =
    /^create {3}gold\.search_terms {2}(\w+) +(\w+) {2}\(views.*\n {9}(.*)$/m.exec(page)!
  expect(planned).toMatchObject({ action: 'create', kind, reason, strategy })

  await project.apply()
  await tick(project.owner)
  const [, query] = /```sql\n(select \* from gold\.search_terms .*;)\n```/.exec(page)!
  expect(await project.rows(query!)).toEqual([
    { query: 'tent', searches: '2', people: '2', without_results: '0' },
    { query: 'tennt', searches: '1', people: '1', without_results: '1' },
  ])
  expect(await verifyModels(project.owner, ['gold.search_terms'])).toMatchObject([
    { outcome: 'equal' },
  ])
})
