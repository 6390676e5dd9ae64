// Rows that outer joins, unions and conditions let through one way before an event and another way after it.
import { expect, test, vi } from 'vitest'
import { differences } from './exact.ts'
import { newLab, wrongAfter, type LabEvent, type Models } from './oneByOne.ts'

vi.setConfig({ testTimeout: 240_000 })

const columns = `payload ->> 'id' as id, payload ->> 'u' as u, payload ->> 's' as s, payload ->> 'c' as c, (payload ->> 'f')::boolean as f,
  kafka_at as at`

const middle = 'percentile_disc(0.5) within group (order by i) as middle'

const models: Models = {
  // before b comes, c is joined by something else
  joined_behind: [
    '-- grain: u',
    `select a.u, count(*) as n
    from silver.a left join silver.b on b.s = a.s join silver.a as c on c.s = coalesce(b.c, a.s)
    group by a.u`,
  ],
  joined_behind_equal: [
    '-- grain: u',
    `select a.u, count(*) as n from silver.a left join silver.b on b.s = a.s join silver.a as c on c.c = b.c group by a.u`,
  ],
  left_behind: [
    '-- grain: u',
    `select a.u, count(*) as n, count(c.id) as found
    from silver.a left join silver.b on b.s = a.s left join silver.a as c on c.s = coalesce(b.c, a.s)
    group by a.u`,
  ],
  right_behind: [
    '-- grain: u',
    `select c.u, count(*) as n, count(a.id) as found
    from silver.a left join silver.b on b.s = a.s right join silver.a as c on c.s = coalesce(b.c, a.s)
    group by c.u`,
  ],
  made_of_missing: [
    '-- grain: u',
    `select a.u, count(*) as n, count(l.part) as parts
    from silver.a left join silver.b on b.s = a.s left join lateral regexp_split_to_table(b.c, 'x') as l (part) on true
    group by a.u`,
  ],
  // each side has columns that are called as those which the other side gives
  grouped_left: [
    '-- grain: u',
    `with sold as (select u, sum(i) as i from silver.a group by u), back as (select u, max(c) as c from silver.b group by u)
    select u, sold.i, back.c from sold left join back using (u)`,
  ],
  grouped_full: [
    '-- grain: u',
    `with sold as (select u, sum(i) as i from silver.a where u is not null group by u), back as (select u, max(c) as c from silver.b where u is not null group by u)
    select u, sold.i, back.c from sold full join back using (u)`,
  ],
  union_joined: [
    '-- grain: kind, id, at, b_id, b_at',
    `select t.kind, t.id, t.at, b.id as b_id, b.at as b_at
    from (select 'a' as kind, id, at, u from silver.a union all select 'b', id, at, s from silver.b) as t
    join silver.b on b.u = t.u`,
  ],
  union_grouped: [
    '-- grain: s',
    `select a.s, count(*) as n, sum(b.weight) as weight
    from silver.a join (select u, 2 as weight from silver.b where f union all select u, 1 from silver.a where not f) as b on b.u = a.u
    group by a.s`,
  ],
  guarded_by_query: [
    '-- grain: k',
    `with t as (select i, id from silver.a) select 10 / i as k, percentile_disc(0.5) within group (order by id) as last
    from t where i <> 0 group by 1`,
  ],
  guarded_by_join: [
    '-- grain: k',
    `select 10 / a.i as k, count(*) as n from silver.a join silver.b on a.u = b.u and a.i <> 0 group by 1`,
  ],
  guarded_by_union: [
    '-- grain: k',
    `select number::int as k, percentile_disc(0.5) within group (order by id) as last
    from (select id, c as number from silver.a union all select id, s from silver.b) as t
    where number ~ '^[0-9]+$' group by 1`,
  ],
  newest_hidden: [
    '-- grain: u',
    `select u, i from (select distinct on (u) u, i, at, id from silver.a order by u, at desc, id) as newest where i <> 0`,
  ],
  query_in_part: [
    '-- grain: k',
    `select (select u from unnest(array[s]) as t (u) limit 1) as k, ${middle} from silver.a group by 1`,
  ],
  own_sum: [
    '-- grain: u',
    `select u, lab.sum(i order by id) as c, sum(i) as total from silver.a group by u`,
  ],
  own_max: [
    '-- grain: u',
    `select lab.max(u) as u, max(i) as most, count(*) as n from silver.a group by lab.max(u)`,
  ],
  output_before_column: [
    '-- grain: k',
    `select k, s as u, id from (select distinct on (k) u as k, s, id from silver.a order by k, id) as first`,
  ],
  without_limit: [
    '-- grain: u',
    `select u, ${middle} from (select u, i from silver.a limit all offset 0) as t group by u`,
  ],
  values_with: [
    '-- grain: u',
    `with weights (u, weight) as (values ('u1', 2), ('u2', 3)), t as (select u, i * weight as i from silver.a join weights using (u))
    select u, ${middle} from t group by u`,
  ],
  stays: [
    '-- grain: u, started_at\n-- scope: u\n-- reach: 30 minutes',
    `select u, min(at) filter (where f) as first_at, min(seen_at) as seen_at, min(at) as started_at, max(at) as ended_at, count(*) as n
    from (
      select u, at, f, at - interval '1 day' as seen_at, count(*) filter (where is_first) over (partition by u order by at, id) as stay
      from (
        select u, at, id, f, coalesce(at - lag(at) over (partition by u order by at, id) > interval '30 minutes', true) as is_first
        from silver.a
      ) as steps
    ) as numbered
    group by u, stay`,
  ],
}

const types = [
  'create function lab.times(state int, value int) returns int language sql immutable return coalesce(state, 1) * coalesce(value, 1)',
  'create aggregate lab.sum (int) (sfunc = lab.times, stype = int)',
  `create function lab.max(value text) returns text language sql immutable return 'x' || value`,
]

test('after each event each model is what its file says, and so it is when it is made anew', async () => {
  const silver = (table: string) =>
    `select ${columns}, (payload ->> 'i')::int as i\nfrom bronze.${table}`
  const project = await newLab(models, { a: silver('a'), b: silver('b') }, types)
  const events = Array.from({ length: 36 }, (_, n): LabEvent => {
    const table = n % 5 === 3 || n % 7 === 6 ? 'b' : 'a'
    const pick = <Value>(salt: number, values: Value[]): Value =>
      values[(Math.imul(n + 100 * salt, 0x9e3779b1) >>> 16) % values.length]!
    const payload = {
      id: `${table}${n}`,
      u: pick(1, ['u1', 'u2', 'u3', null]),
      s: pick(2, ['1', '2', '3']),
      c: pick(3, ['1', '3', '1x2', null]),
      i: pick(4, [0, 1, 2, 3]),
      f: pick(5, [true, false]),
    }
    const minute = String((n * 37) % 60).padStart(2, '0')
    return { table, payload, at: `2026-03-01T0${n % 7}:${minute}Z` }
  })
  // at last b takes away what a met before it came
  const last: LabEvent[] = [
    { table: 'a', payload: { id: 'a99', u: 'u9', s: '9', i: 1 }, at: '2026-03-01T09:00Z' },
    { table: 'b', payload: { id: 'b99', u: 'u9', s: '9', c: '0', i: 1 }, at: '2026-03-01T09:01Z' },
  ]
  expect(await wrongAfter(project, models, [...events, ...last])).toEqual([])

  project.write({ 'lab/silver/a.sql': anew(silver('a')), 'lab/silver/b.sql': anew(silver('b')) })
  // what the comparison has left would hold the views of silver
  await project.rows('drop view pg_temp.expected_model')
  await project.apply()
  for (const name of Object.keys(models))
    expect([name, await differences(project.owner, `gold.${name}`)]).toEqual([name, []])
})

test('an aggregate of one’s own needs an order, whatever it is called', async () => {
  const project = await newLab(
    {},
    { a: `select ${columns}, (payload ->> 'i')::int as i\nfrom bronze.a` },
    types,
  )
  const text = `-- Own.\n-- kind: incremental\n-- grain: u\nselect u, lab.sum(i) as c, sum(i) as total from silver.a group by u\n`
  project.write({ 'lab/gold/own.sql': text })
  expect(await project.complaint()).toContain(
    'sum depends on the order of rows: give it an order by\n',
  )
})

/** With one column more, so that all tables are made again. */
const anew = (select: string) =>
  `-- Events.\n-- kind: event\n-- key: id\n-- time: at\n${select.replace('select ', 'select 1 as one, ')}\n`
