// Values that are equal and look different, windows with names, rows side by side: one event at a time, so that each model
// is computed anew by what that event touches.
import { expect, test, vi } from 'vitest'
import { newLab, wrongAfter, type LabEvent, type Models } from './oneByOne.ts'

vi.setConfig({ testTimeout: 240_000 })

const columns = `payload ->> 'id' as id, payload ->> 'u' as u, payload ->> 's' as s, (payload ->> 'n')::numeric as n, (payload ->> 'i')::int as i,
  (payload ->> 'iv')::interval as iv, (payload ->> 'pair')::lab.pair as pair, (payload ->> 'tags')::text[] as tags, kafka_at as at`

const middle = 'percentile_disc(0.5) within group (order by i) as middle'

const models: Models = {
  // a is joined by a column of another type or another look
  half_of_a: [
    '-- grain: half',
    `select a.i / 2 as half, count(*) as n from silver.a join silver.b on a.i = b.n group by 1`,
  ],
  text_of_joined: [
    '-- grain: label',
    `select a.n::text as label, count(*) as n from silver.a join silver.b on a.n = b.n group by 1`,
  ],
  text_of_used: [
    '-- grain: label',
    `select n::text as label, count(*) as pairs from silver.a join silver.b using (n) group by 1`,
  ],
  text_of_left: [
    '-- grain: label',
    `select n::text as label, count(*) as pairs, count(b.id) as found from silver.a left join silver.b using (n) group by 1`,
  ],
  text_of_interval: [
    '-- grain: label',
    `select a.iv::text as label, count(*) as n from silver.a join silver.b on a.iv = b.iv group by 1`,
  ],
  joined_itself: [
    '-- grain: n',
    `select a.n, count(*) as pairs from silver.a join silver.b on a.n = b.n group by 1`,
  ],
  half_of_union: [
    '-- grain: half',
    `with t as (select i as v, id from silver.a union all select n, id from silver.b)
    select v / 2 as half, percentile_disc(0.5) within group (order by id) as middle, count(*) as n from t group by 1`,
  ],
  text_of_union: [
    '-- grain: label',
    `select v::text as label, percentile_disc(0.5) within group (order by id) as middle, count(*) as n
    from (select at::date as v, id from silver.a union select at, id from silver.b union all select at, id from silver.b) as t
    group by 1`,
  ],
  union_itself: [
    '-- grain: v',
    `with t as (select i as v, id from silver.a union all select n, id from silver.b)
    select v, percentile_disc(0.5) within group (order by id) as middle, count(*) as n from t group by 1`,
  ],
  of_text_keys: [
    '-- grain: label',
    `select u || '-' || s as label, ${middle}, count(*) as n from silver.a where u is not null group by u, s`,
  ],
  composite_values: [
    '-- grain: u',
    `select u, count(distinct pair) as pairs, count(pair) as given from silver.a group by u`,
  ],
  composite_parts: [
    '-- grain: pair',
    `select pair, ${middle}, count(*) as n from silver.a group by pair`,
  ],
  one_tag: [
    '-- grain: tag',
    `select tag, count(*) as n, ${middle} from (select unnest(tags) as tag, i from silver.a) as tagged group by tag`,
  ],
  named_window: [
    '-- grain: id, at\n-- scope: u',
    `select id, at, u,
      first_value(id) over w as first, array_agg(id) over w as ids, last_value(i) over w as last, count(*) over w as n
    from silver.a
    window w as (partition by u order by i desc, id rows between current row and 1 following)`,
  ],
  window_but_itself: [
    '-- grain: id, at\n-- scope: u',
    `select id, at, u, first_value(id) over w as first
    from silver.a
    window w as (partition by u order by i desc, id rows between 1 preceding and 1 following exclude current row)`,
  ],
  copied_window: [
    '-- grain: k, id, at\n-- scope: k',
    `select 'x' as k, id, at, u, row_number() over ordered as place, lag(id) over (parts order by i, id, at) as before
    from silver.a
    window parts as (partition by u), ordered as (parts order by at, id)`,
  ],
  copied_window_parts: [
    '-- grain: id, at\n-- scope: u',
    `select id, at, u, row_number() over ordered as place
    from silver.a
    window parts as (partition by u), ordered as (parts order by at, id)`,
  ],
  ranked_groups: [
    '-- grain: u, s',
    `select u, s, sum(i) as total, row_number() over (partition by u order by sum(i) desc nulls last, s) as place,
      lag(s) over (partition by u order by count(*), s) as before
    from silver.a group by u, s`,
  ],
  best_group: [
    '-- grain: u',
    `select distinct on (u) u, s, sum(i) as total from silver.a group by u, s, 'x'::text order by u, sum(i) desc, s`,
  ],
  made_of_one_row: [
    '-- grain: u',
    `select u, array_agg(l.most order by i, id) as most
    from silver.a cross join lateral (select max(tag) as most from unnest(tags) as tags (tag)) as l group by u`,
  ],
  own_aggregate: [
    '-- grain: u',
    `select u, lab.first_of(s order by i, id) as first from silver.a group by u`,
  ],
  literal_keys: [
    '-- grain: v, u',
    `select '1' as v, u, max(i) = '1' as is_one, coalesce(sum(i), null) as total from silver.a group by 1, 2`,
  ],
}

const types = [
  'create type lab.pair as (l int, r text)',
  `create function lab.keep_first(state text, value text) returns text language sql immutable return coalesce(state, value)`,
  'create aggregate lab.first_of (text) (sfunc = lab.keep_first, stype = text)',
]

test('after each event each model is what its file says', async () => {
  const select = (table: string) => `select ${columns}\nfrom bronze.${table}`
  const project = await newLab(models, { a: select('a'), b: select('b') }, types)
  const events = Array.from({ length: 36 }, (_, n): LabEvent => {
    const table = n % 3 === 1 ? 'b' : 'a'
    const pick = <Value>(salt: number, values: Value[]): Value =>
      values[(Math.imul(n + 100 * salt, 0x9e3779b1) >>> 16) % values.length]!
    const payload = {
      id: `${table}${n}`,
      u: pick(1, ['u1', 'u2', 'u3', null]),
      s: pick(2, ['s1', 's2', 's3']),
      n: pick(3, ['5', '5.0', '1', '5.00', null]),
      i: pick(4, [1, 5, 2, 3]),
      iv: pick(5, ['1 day', '24 hours', '1 mon', '30 days']),
      pair: pick(6, ['(1,)', '(,)', '(1,x)', null]),
      tags: pick(7, ['{p,q}', '{q}', '{}', '{p,null}']),
    }
    return { table, payload, at: pick(8, ['2026-03-01T00:00Z', '2026-03-02T05:00Z']) }
  })
  expect(await wrongAfter(project, models, events)).toEqual([])
})
