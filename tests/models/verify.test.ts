import { expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { storeEvents, tick } from './bronzeRows.ts'
import { newProject } from './project.ts'

const model = (kind: string, key: string, select: string) =>
  `-- M.\n-- kind: ${kind}\n-- ${key}\n${select}\n`

test('values without equality are compared as texts, columns of any name are told apart, and a model that fails is one', async () => {
  const project = await newProject({
    'lab/sources.sql': `-- Topics.\nselect ops.add_source('a');\n`,
    'lab/silver/a.sql': model(
      'event',
      'time: at',
      `select payload ->> 'u' as u, (payload ->> 'n')::int as from_at, 1 as row_count, 2 as generation, payload::json as doc, point(1, 2) as place, kafka_at as at from bronze.a`,
    ),
    'lab/silver/newest.sql': model(
      'entity',
      'key: u',
      `select payload ->> 'u' as u, payload::json as doc, '((0,0),(1,1))'::box as place from bronze.a`,
    ),
    'lab/gold/ties.sql': model(
      'incremental',
      'grain: u',
      `select u, array_agg(n order by u) as ns, '((0,0),(1,1))'::box as place
      from (select distinct u, from_at as n from silver.a) as t group by u`,
    ),
    'lab/gold/documents.sql': model(
      'incremental',
      'grain: u',
      `select u, json_agg(from_at order by from_at) as document, point(max(from_at), 0) as place from silver.a group by u`,
    ),
    'lab/gold/ratios.sql': model(
      'incremental',
      'grain: u',
      `select u, sum(from_at) / count(*) filter (where from_at > 1) as ratio from silver.a group by u`,
    ),
  })
  await project.apply()
  await storeEvents(project.owner, 'a', [{ payload: { u: 'a', n: 1 } }])
  await tick(project.owner)
  const verdicts = () => verifyModels(project.owner, [])
  expect(await verdicts()).toMatchObject([
    { model: 'silver.a', outcome: 'equal' },
    { model: 'silver.newest', outcome: 'equal' },
    { model: 'gold.documents', outcome: 'equal', message: '1 rows' },
    { model: 'gold.ratios', outcome: 'failed', message: 'division by zero (22012)' },
    { model: 'gold.ties', outcome: 'equal' },
  ])
  await project.rows(`update store.gold_documents_v1 set document = '[2]'`)
  expect((await verdicts())[2]).toMatchObject({
    outcome: 'different',
    message: '1 rows are stored that should not be, 1 are missing',
  })
})
