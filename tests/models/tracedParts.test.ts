// Ways to write a select in which a part of it is easily taken for another: one event at a time, so that each model is
// computed anew by what that event touches.
import { expect, test, vi } from 'vitest'
import { newLab, wrongAfter, type LabEvent, type Models } from './oneByOne.ts'

vi.setConfig({ testTimeout: 240_000 })

const select = (table: string, type: string) =>
  `select payload ->> 'id' as id, payload ->> 'u' as u, payload ->> 's' as s, payload ->> 'c' as c, (payload ->> 'n')::${type} as n, kafka_at as at
from bronze.${table}`

const models: Models = {
  apart: [
    '-- grain: s',
    `select a.s, count(*) as pairs from silver.a join silver.b on a.u = b.u and a.s is distinct from b.s group by a.s`,
  ],
  one_used: [
    '-- grain: u',
    `select a.u, count(*) as n from silver.a join silver.b using (u) join silver.b as c on c.s = a.s group by a.u`,
  ],
  both_used: [
    '-- grain: u',
    `select u, count(*) as n from silver.a join silver.b using (u) join (select u, id from silver.b) as c using (u) group by u`,
  ],
  left_condition: [
    '-- grain: u',
    `select a.u, count(*) as n, count(c.id) as found
    from silver.a join silver.b on b.s = a.s left join silver.b as c on c.id = b.id and a.u = b.u group by a.u`,
  ],
  left_joined: [
    '-- grain: u',
    `select a.u, count(*) as n, count(b.id) as found from silver.a left join silver.b on a.u = b.u and b.s = 's1' group by a.u`,
  ],
  right_joined: [
    '-- grain: u',
    `select b.u, count(*) as n, count(a.id) as found from silver.a right join silver.b on a.u = b.u and a.s = b.s group by b.u`,
  ],
  renamed_with: [
    '-- grain: u',
    `with t (s, u) as (select u, s from silver.a)
    select u, count(*) as n, percentile_disc(0.5) within group (order by s) as middle from t group by u`,
  ],
  renamed_union: [
    '-- grain: who',
    `with t (who, what) as (select u, n from silver.a union all select s, n from silver.b)
    select who, percentile_disc(0.5) within group (order by what) as middle from t group by who`,
  ],
  renamed_rows: [
    '-- grain: id',
    `with t (id, s, u) as (select id, u, s from silver.a) select id, s, u from t`,
  ],
  renamed_table: [
    '-- grain: s',
    `select q.s, string_agg(q.id, ',' order by q.id) as ids from silver.a as q (id, s, u) group by q.s`,
  ],
  whole_rows: [
    '-- grain: u',
    `select u, jsonb_agg(to_jsonb(a) order by id) as documents, max(a.*::text) as last from silver.a group by u`,
  ],
  missing_rows: [
    '-- grain: id',
    `select a.id, count(b) as found, jsonb_agg(to_jsonb(b) order by b.id) as documents, count(*) filter (where b is null) as lost
    from silver.a left join silver.b on a.u = b.u and b.s = 's1' group by a.id`,
  ],
  rows_further_in: [
    '-- grain: u',
    `select u, string_agg((select to_jsonb(a) ->> 'c'), ',' order by n, id) as texts, jsonb_agg(d.document order by n, id) as documents,
      string_agg((select a::text from (select 1 as b) as c), ',' order by n, id) as rows
    from silver.a cross join lateral (select to_jsonb(a) as document) as d group by u`,
  ],
  fields_of_rows: [
    '-- grain: u',
    `select (a).u as u, percentile_disc(0.5) within group (order by (a).n) as middle from silver.a group by 1`,
  ],
  output_named_as_table: [
    '-- grain: a',
    `select u as a, percentile_disc(0.5) within group (order by n) as middle from silver.a group by a`,
  ],
  whole_query: [
    '-- grain: u',
    `with t as (select u, n from silver.a) select u, array_agg(md5(t::text) order by t.n) as sums from t group by u`,
  ],
  keys_of_rows: [
    '-- grain: u, key',
    `select a.u, fields.key, string_agg(fields.value, ',' order by a.n, fields.value) as found
    from silver.a cross join lateral jsonb_each_text(to_jsonb(a)) as fields (key, value) where fields.key <> 'id' group by 1, 2`,
  ],
  wide_parts: [
    '-- grain: n',
    `select a.n, count(*) as pairs from silver.a join silver.b on a.n = b.n group by a.n`,
  ],
  local_days: [
    '-- grain: day_at',
    `select date_trunc('day', at, 'Europe/Berlin') as day_at, count(*) as n, percentile_disc(0.5) within group (order by n) as middle
    from silver.a group by 1`,
  ],
  local_months: [
    '-- grain: month_at',
    `select date_trunc('month', at, 'Europe/Berlin') as month_at, count(*) as n, percentile_disc(0.5) within group (order by n) as middle
    from silver.a group by 1`,
  ],
  array_parts: [
    '-- grain: pair, u',
    `select array[u, s] as pair, u, percentile_disc(0.5) within group (order by n) as middle from silver.a group by 1, 2`,
  ],
  long_name: [
    '-- grain: u',
    `select u, round(sum(n) / nullif(count(s), 0)::numeric, 2) as average_revenue_per_visit_of_this_user_in_all_of_the_time_so_far,
      count(distinct s) as how_many_different_sessions_this_user_had_in_all_of_the_time_s
    from silver.a group by u`,
  ],
  long_average: [
    '-- grain: u',
    `select u, avg(n) as "über_alle_jahre_hinweg_der_mittelwert_aller_beträge_des_nutzer" from silver.a group by u`,
  ],
  collated: [
    '-- grain: s',
    `select s, min(c collate "en-US-x-icu") as first, max(c collate "C") as last, count(distinct c collate lab.any_case) as n
    from silver.a group by s`,
  ],
  any_case: [
    '-- grain: c',
    `select c collate lab.any_case as c, count(*) as n from silver.a group by 1`,
  ],
  any_case_again: [
    '-- grain: c',
    `select c collate lab.any_case as c, percentile_disc(0.5) within group (order by n) as middle from silver.a group by 1`,
  ],
  gaps: [
    '-- grain: u, at, kind, id\n-- scope: u',
    `select u, at, kind, id, at - lag(at) over (partition by u order by at, kind, id) as gap
    from (select u, at, 'a' as kind, id from silver.a union all select u, at, 'b', id from silver.b) as actions`,
  ],
  journeys: [
    '-- grain: u',
    `with actions as (
      select u, at, id, s from silver.a
      union all
      select u, min(at), min(id), s from silver.b group by u, s
      union all
      select a.u, a.at, b.id || a.id, b.s from silver.a join silver.b on a.u = b.u
    )
    select u, string_agg(s, '>' order by at, id) as path from actions group by u`,
  ],
  distinct_steps: [
    '-- grain: u',
    `select u, array_agg(s order by s, n desc) as steps
    from (select distinct u, s, n from silver.a) as steps group by u`,
  ],
  steps_of_both: [
    '-- grain: u',
    `select u, array_agg(s order by s) as steps
    from (select u, s from silver.a union select u, s from silver.b) as steps group by u`,
  ],
  own_name: [
    '-- grain: u',
    `with a as (select u, n from silver.a), t as (with a as (select u, n + 1 as n from a) select u, n from a)
    select u, percentile_disc(0.5) within group (order by n) as middle from t group by u`,
  ],
  name_given_again: [
    '-- grain: u',
    `with s as (select u, n from silver.a where n < 3), t as (select u, n from s)
    select u, middle from (
      with s as (select u, n from silver.a where n >= 3)
      select u, percentile_disc(0.5) within group (order by n) as middle from t group by u
    ) as q`,
  ],
  typed_apart: [
    '-- grain: u',
    `select u, count(*) filter (where null) as none, bool_or('t') as any from silver.a group by u`,
  ],
}

test('after each event each model is what its file says', async () => {
  const project = await newLab(models, { a: select('a', 'int'), b: select('b', 'bigint') }, [
    `create collation lab.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
  ])
  // Berlin's clock goes back in the night to the 25th, which has 25 hours; October begins there on the 30th at 22:00
  const times = [
    '09-29T23:00',
    '09-30T22:30',
    '10-24T22:30',
    '10-25T22:30',
    '10-25T21:30',
    '10-31T21:30',
  ]
  const events = Array.from({ length: 36 }, (_, n): LabEvent => {
    const table = n % 3 === 1 ? 'b' : 'a'
    const payload = {
      id: `${table}${n}`,
      u: n % 11 === 10 ? null : `u${n % 4}`,
      s: `s${Math.floor(n / 2) % 3}`,
      c: n % 7 === 6 ? null : 'aBbA'[Math.floor(n / 3) % 4],
      n: table === 'b' && n > 30 ? 99_999_999_999 : n % 5,
    }
    return { table, payload, at: `2026-${times[Math.floor(n / 6) % times.length]!}Z` }
  })
  expect(await wrongAfter(project, models, events)).toEqual([])
})
