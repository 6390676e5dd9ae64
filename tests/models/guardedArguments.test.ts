// Aggregates whose filter keeps rows away for which their argument can't be computed.
import { expect, test } from 'vitest'
import { newLab, wrongAfter, type LabEvent, type Models } from './oneByOne.ts'

const grain = '-- grain: u'
const models: Models = {
  distinct_quotients: [
    grain,
    `select u, count(distinct 10 / i) filter (where i <> 0) as n from silver.a group by u`,
  ],
  numbers: [
    grain,
    `select u, avg(s::int) filter (where s ~ '^[0-9]+$') as mean, count(distinct i) as n from silver.a group by u`,
  ],
  quotients: [
    grain,
    `select u, sum(10 / i) filter (where i <> 0) as total, max(10 / i) filter (where i <> 0) as most,
      bool_or(10 / i > 4) filter (where i <> 0) as is_any, count(10 / i) filter (where i <> 0) as n,
      count(*) filter (where i <> 0) as divided, min('x') filter (where i <> 0) as x, sum(i) filter (where i <> 0) as i,
      count(distinct s) as spelled
    from silver.a group by u having count(distinct 10 / i) filter (where i <> 0) < 9`,
  ],
}

test('what a filter keeps from an aggregate is not computed', async () => {
  const select = `select payload ->> 'id' as id, payload ->> 'u' as u, (payload ->> 'i')::int as i, payload ->> 's' as s, kafka_at as at from bronze.a`
  const project = await newLab(models, { a: select }, [])
  expect(
    await project.rows(`select distinct strategy from ops.models where schema_name = 'gold'`),
  ).toEqual([{ strategy: 'merge' }])
  const events = Array.from({ length: 16 }, (_, n): LabEvent => {
    const s = n % 4 === 3 ? 'none' : `${n % 5}`
    return { table: 'a', payload: { id: n, u: `u${n % 2}`, i: n % 3, s }, at: '2026-03-01T10:00Z' }
  })
  expect(await wrongAfter(project, models, events)).toEqual([])
})
