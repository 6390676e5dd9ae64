import fc from 'fast-check'

/** A gold model as a user might write it: how it is meant to be kept, its header and its select. */
export interface RandomModel {
  form: string
  grain: string[]
  header: string[]
  select: string
}

const pick = <T>(...choices: T[]): fc.Arbitrary<T> => fc.constantFrom(...choices)

interface Key {
  name: string
  sql: string
}

const keyOf = (name: string, sql = name): Key => ({ name, sql })
const keys = [
  keyOf('k'),
  keyOf('g'),
  keyOf('f'),
  keyOf('minute_at', `date_trunc('minute', at)`),
  keyOf('hour_at', `date_trunc('hour', at, 'UTC')`),
  keyOf('day_at', `date_trunc('day', at)`),
  keyOf('bin_at', `date_bin('15 minutes', at, timestamptz '2026-01-01 00:00+00')`),
  keyOf('on_date', '(at)::date'),
  keyOf('remainder', 'i % 3'),
  keyOf('known_k', `coalesce(k, '-')`),
  keyOf('number', 'n'),
]

const filters = [
  'f',
  'i > 0',
  'k is not null',
  'n is distinct from 3',
  `k <> ''`,
  'true',
  'not f or g is null',
]
const arguments_ = ['n', 'i', 'id', 'i + id', 'n * 2', 'case when f then n end']
const aggregates = fc
  .tuple(
    pick(
      'count(*)',
      'count(A)',
      'sum(A)',
      'min(A)',
      'max(A)',
      'avg(A)',
      'count(distinct A)',
      'bool_or(f)',
      'bool_and(f)',
      'every(i > 0)',
      'min(at)',
      'max(k)',
      "sum(at - timestamptz '2026-01-01')",
      "avg(at - timestamptz '2026-01-01')",
      'count(distinct k)',
      'count(distinct at)',
      'min(tags)',
    ),
    pick(...arguments_),
    fc.option(pick(...filters), { freq: 3 }),
  )
  .map(([call, argument, filter]) => {
    const text = call.replace('A', argument)
    return filter ? `${text} filter (where ${filter})` : text
  })

/** Their text is as exact as their value: of 3 and 3.0, which are equal, min may give either. */
const texts = aggregates.filter((call) => !/^(min|max)\((n|case)/.test(call))

const expressions = fc.oneof(
  { weight: 4, arbitrary: aggregates },
  {
    weight: 1,
    arbitrary: fc
      .tuple(texts, texts)
      .map(([one, other]) => `coalesce((${one})::text, '?') || '/' || (${other})::text`),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      "round(avg(n) filter (where n not in ('NaN', 'Infinity', '-Infinity')), 3)",
    ),
  },
)

const someKeys = fc.uniqueArray(pick(...keys), {
  minLength: 1,
  maxLength: 3,
  selector: (key) => key.name,
})

/** Rows of one or two event tables, without comparing any with another. */
const linearSources = pick(
  'silver.a',
  'silver.b',
  'silver.a as events',
  '(select * from silver.a where i is not null) as kept',
  '(select * from silver.a union all select * from silver.b) as both_tables',
  '(select id, k, g, n * 2 as n, i, not f as f, at, tags from silver.a union all select id, k, g, n, -i, f, at, tags from silver.b where f) as both_tables',
  'silver.a cross join lateral unnest(tags) as tag',
  `silver.b cross join lateral generate_series(1, abs(i) % 3) as copy`,
  'silver.a cross join lateral (select length(k) as letters) as lengths',
  'silver.a left join lateral unnest(tags) as tag on true',
  `silver.a join (values ('x', 1), ('y', 2), ('', 3)) as known (name, place) on known.name = silver.a.k`.replace(
    'silver.a.k',
    'a.k',
  ),
)

const merged = fc
  .record({
    from: linearSources,
    keys: someKeys,
    outputs: fc.array(expressions, { minLength: 1, maxLength: 4 }),
    where: fc.option(pick(...filters), { freq: 2 }),
    having: fc.option(pick('count(*) > 1', 'max(id) > 10', 'count(distinct i) < 5'), { freq: 5 }),
    asCte: fc.boolean(),
    byOrdinal: fc.boolean(),
  })
  .map(({ from, keys, outputs, where, having, asCte, byOrdinal }): RandomModel => {
    const group = keys.map((key, index) => (byOrdinal ? String(index + 1) : key.sql)).join(', ')
    const select = [
      `select ${[...keys.map((key) => `${key.sql} as ${key.name}`), ...outputs.map((output, index) => `${output} as output_${index + 1}`)].join(',\n  ')}`,
      asCte ? 'from events_read' : `from ${from}`,
      ...(where ? [`where ${where}`] : []),
      `group by ${group}`,
      ...(having ? [`having ${having}`] : []),
    ].join('\n')
    return {
      form: 'merge',
      grain: keys.map((key) => key.name),
      header: [],
      select: asCte ? `with events_read as (select * from ${from})\n${select}` : select,
    }
  })

const joins = [
  'b.id = a.id',
  'b.k = a.k and b.i = a.i',
  'b.id = a.id and b.at > a.at',
  'b.g = a.g and b.id = a.id + 1',
]

const appended = fc.oneof(
  fc
    .tuple(pick(...joins), fc.option(pick('a.f', 'b.i > 0', 'a.n > b.n'), { freq: 2 }))
    .map(([join, where]): RandomModel => ({
      form: 'append',
      grain: ['a_id', 'a_at', 'b_id', 'b_at'],
      header: [],
      select: `select a.id as a_id, a.at as a_at, b.id as b_id, b.at as b_at, a.k, b.n\nfrom silver.a as a\njoin silver.b as b on ${join}${where ? `\nwhere ${where}` : ''}`,
    })),
  pick('a', 'b').map((table): RandomModel => ({
    form: 'append',
    grain: ['id', 'at', 'place'],
    header: [],
    select: `select id, at, place, tag || coalesce(k, '') as tag\nfrom silver.${table}\ncross join lateral unnest(tags) with ordinality as listed (tag, place)`,
  })),
  fc.tuple(pick(...filters), pick(...filters)).map(([one, other]): RandomModel => ({
    form: 'append',
    grain: ['source', 'id', 'at'],
    header: [],
    select: `select 1 as source, id, at, n from silver.a where ${one}\nunion all\nselect 2, id, at, n * 2 from silver.b where ${other}`,
  })),
  pick('b.id = t.id', 'b.k = t.k and b.i = t.i').map((join): RandomModel => ({
    form: 'append',
    grain: ['source', 'id', 'at', 'b_id', 'b_at'],
    header: [],
    select: `select t.source, t.id, t.at, b.id as b_id, b.at as b_at\nfrom (\n  select 'a' as source, id, at, k, i from silver.a\n  union all\n  select 'b', id, at, g, i from silver.b\n) as t\njoin silver.b as b on ${join}`,
  })),
  pick(...joins).map((join): RandomModel => ({
    form: 'append',
    grain: ['a_id', 'a_at', 'b_id', 'b_at', 'other_id', 'other_at'],
    header: [],
    select: `select a.id as a_id, a.at as a_at, b.id as b_id, b.at as b_at, other.id as other_id, other.at as other_at\nfrom silver.a as a\njoin silver.b as b on ${join}\njoin silver.a as other on other.id = b.id`,
  })),
)

const partKeys = fc.uniqueArray(pick(...keys.slice(0, 9)), {
  minLength: 1,
  maxLength: 2,
  selector: (key) => key.name,
})

const ordered = [
  'percentile_cont(0.5) within group (order by i)',
  'percentile_disc(0.9) within group (order by n)',
  'mode() within group (order by g)',
  'array_agg(id order by at, id)',
  `string_agg(k, ',' order by id, at)`,
  'sum(distinct i)',
  'array_agg(distinct g order by g)',
  'stddev(i)',
  'count(distinct (k, g))',
  'jsonb_agg(n order by id desc, at)',
]

/** Of a third table, beside `a` and `b`. */
const thirds = [
  'c.id = b.id',
  'c.id = b.id and a.g = b.g',
  'c.id = a.id and c.k = b.k',
  'c.k = a.k and c.id = b.id + 1 and c.g is distinct from a.g',
]

const regrouped = fc.oneof(
  fc
    .tuple(partKeys, pick(...ordered), aggregates, fc.option(pick(...filters)))
    .map(([parts, call, aggregate, where]): RandomModel => ({
      form: 'regroup: ordered aggregate',
      grain: parts.map((key) => key.name),
      header: [],
      select: `select ${parts.map((key) => `${key.sql} as ${key.name}`).join(', ')}, ${call} as output_1, ${aggregate} as output_2\nfrom silver.a${where ? `\nwhere ${where}` : ''}\ngroup by ${parts.map((_, index) => index + 1).join(', ')}`,
    })),
  fc
    .tuple(
      pick('k', 'g', 'f', '(at)::date'),
      pick('n desc nulls last', 'at', 'i'),
      fc.integer({ min: 1, max: 4 }),
    )
    .map(([part, order, limit]): RandomModel => ({
      form: 'regroup: top n',
      grain: ['part', 'place'],
      header: [],
      select: `with ranked as (\n  select ${part} as part, id, n, row_number() over (partition by ${part} order by ${order}, id, at) as place\n  from silver.a\n)\nselect part, place, id, n from ranked where place <= ${limit}`,
    })),
  fc.tuple(pick('k', 'g'), pick('at', 'i', 'n')).map(([part, order]): RandomModel => ({
    form: 'regroup: running window',
    grain: ['id', 'at'],
    header: [`scope: ${part}`],
    select: `select id, at, ${part}, sum(i) over (partition by ${part} order by ${order}) as running, rank() over (partition by ${part} order by ${order}) as place, lag(i) over (partition by ${part} order by ${order}, id, at) as before\nfrom silver.b`,
  })),
  fc
    .tuple(pick('k', 'g', 'k, g'), pick('at desc', 'n', 'i desc nulls last'))
    .map(([on, order]): RandomModel => ({
      form: 'regroup: distinct on',
      grain: on.split(', '),
      header: [],
      select: `select distinct on (${on}) ${on}, id, n\nfrom silver.a\norder by ${on}, ${order}, id, at`,
    })),
  fc
    .tuple(fc.boolean(), pick('7 minutes', '20 minutes'), pick('k', 'g'))
    .map(([isBounded, gap, part]): RandomModel => ({
      form: isBounded ? 'regroup: sessions by reach' : 'regroup: sessions',
      grain: [part, 'started_at'],
      header: isBounded ? [`reach: ${gap}`, `scope: ${part}`] : [],
      select: `with gaps as (\n  select ${part}, i, at, case when at - lag(at) over (partition by ${part} order by at, id) < interval '${gap}' then 0 else 1 end as is_new\n  from silver.a\n),\nnumbered as (\n  select *, sum(is_new) over (partition by ${part} order by at) as session_no\n  from gaps\n)\nselect ${part}, min(at) as started_at, max(at) as ended_at, count(*) as events, sum(i) as total\nfrom numbered\ngroup by ${part}, session_no`,
    })),
  fc
    .tuple(
      pick('a.k', 'a.g', `date_trunc('hour', a.at)`),
      pick('join', 'left join'),
      pick(...joins.slice(0, 2)),
      fc.boolean(),
    )
    .map(([part, join, on, isFiltered]): RandomModel => ({
      form: `regroup: ${join}`,
      grain: ['part'],
      header: [],
      select: `select ${part} as part, count(*) as pairs, count(b.id) as matched, sum(b.n) as total, count(distinct a.id) as events\nfrom silver.a as a\n${join} silver.b as b on ${on}${isFiltered ? '\nwhere a.i > 0' : ''}\ngroup by 1`,
    })),
  fc.tuple(pick('k', 'g'), pick(...joins.slice(0, 2))).map(([part, on]): RandomModel => ({
    form: 'regroup: anti join',
    grain: [part],
    header: [],
    select: `select a.${part}, count(*) as alone\nfrom silver.a as a\nleft join silver.b as b on ${on}\nwhere b.id is null\ngroup by a.${part}`,
  })),
  fc
    .tuple(pick('k', 'g'), aggregates, aggregates, pick('full', 'left', 'inner'))
    .map(([part, one, other, join]): RandomModel => ({
      form: 'regroup: joined groups',
      grain: [part],
      header: [],
      select: `with of_a as (\n  select ${part}, ${one} as value_a from silver.a where ${part} is not null group by ${part}\n),\nof_b as (\n  select ${part}, ${other} as value_b from silver.b where ${part} is not null group by ${part}\n)\nselect ${part}, value_a, value_b\nfrom of_a\n${join} join of_b using (${part})`,
    })),
  fc
    .tuple(
      pick('a.k', 'a.g'),
      pick('join', 'left join'),
      pick('join', 'left join'),
      pick(...thirds),
    )
    .map(([part, one, other, on]): RandomModel => ({
      form: 'regroup: three tables',
      grain: ['part'],
      header: [],
      select: `select ${part} as part, count(*) as rows, count(b.id) as of_b, count(c.id) as of_c, sum(c.i) as total\nfrom silver.a as a\n${one} silver.b as b on b.k = a.k and b.i = a.i\n${other} silver.a as c on ${on}\ngroup by 1`,
    })),
  fc
    .tuple(
      pick('k', 'a.g'),
      pick('join', 'left join'),
      pick('c.g = a.g', 'c.g is not distinct from a.g'),
    )
    .map(([part, join, on]): RandomModel => ({
      form: 'regroup: merged columns',
      grain: ['part'],
      header: [],
      select: `select ${part} as part, count(*) as rows, count(c.id) as of_c\nfrom silver.a as a\n${join} silver.b as b using (k, i)\nleft join (select g, id from silver.b) as c on ${on} and c.id = b.id\ngroup by 1`,
    })),
  fc
    .tuple(pick('k', 'g'), pick(...ordered.slice(0, 5)), fc.boolean())
    .map(([part, call, isTable]): RandomModel => ({
      form: 'regroup: renamed columns',
      grain: ['part'],
      header: [],
      select: isTable
        ? `select q.part, ${call} as output_1\nfrom (select ${part}, id, at, i, n, ${part === 'k' ? 'g' : 'k'} from silver.a) as q (part, id, at, i, n, ${part === 'k' ? 'g' : 'k'})\ncross join lateral (select q.part as ${part}) as again\ngroup by 1`
        : `with t (part, id, at, k, g, i, n) as (select ${part}, id, at, g, k, i, n from silver.a)\nselect part, ${call} as output_1 from t group by part`,
    })),
  fc.tuple(pick('k', 'g'), pick('at', 'i', 'n')).map(([part, order]): RandomModel => ({
    form: 'regroup: steps of a union',
    grain: ['source', 'id', 'at'],
    header: [`scope: ${part}`],
    select: `with steps as (\n  select 'a' as source, id, at, k, g, i, n from silver.a\n  union all\n  select 'b', id, at, k, g, i, n from silver.b\n)\nselect source, id, at, ${part}, lag(i) over (partition by ${part} order by ${order}, at, id, source) as before, count(*) over (partition by ${part}) as all_of_part\nfrom steps`,
  })),
  fc
    .tuple(pick('day', 'week', 'month', 'hour'), pick('Asia/Kathmandu', 'America/Los_Angeles'))
    .map(([unit, zone]): RandomModel => ({
      form: 'regroup: bucket of a zone',
      grain: ['bucket_at'],
      header: [],
      select: `select date_trunc('${unit}', at, '${zone}') as bucket_at, count(*) as events, percentile_disc(0.5) within group (order by n) as middle\nfrom silver.a\ngroup by 1`,
    })),
  fc
    .tuple(pick('k', 'g'), pick('sum(i) desc nulls last', 'count(*)', 'max(n) desc nulls last'))
    .map(([part, order]): RandomModel => {
      const other = part === 'k' ? 'g' : 'k'
      return {
        form: 'regroup: ranked groups',
        grain: ['k', 'g'],
        header: [`scope: ${part}`],
        select: `select k, g, sum(i) as total, row_number() over (partition by ${part} order by ${order}, ${other}) as place, lag(${other}) over (parts order by ${order}, ${other}) as before\nfrom silver.a\ngroup by k, g\nwindow parts as (partition by ${part})`,
      }
    }),
  fc
    .tuple(
      pick('k', 'g'),
      pick('i desc', 'n'),
      pick(
        'rows between current row and 1 following',
        'rows between 2 preceding and 1 following exclude current row',
      ),
    )
    .map(([part, order, frame]): RandomModel => ({
      form: 'regroup: named window',
      grain: ['id', 'at'],
      header: [`scope: ${part}`],
      select: `select id, at, ${part}, first_value(i) over near as first, array_agg(id) over near as ids, ntile(3) over (parts order by ${order}, id, at) as third\nfrom silver.b\nwindow parts as (partition by ${part}), near as (parts order by ${order}, id, at ${frame})`,
    })),
  fc
    .tuple(pick('a.k', 'a.g'), pick(...joins.slice(0, 2)), pick('join', 'left join', 'right join'))
    .map(([part, on, join]): RandomModel => {
      const name = join === 'right join' ? part.replace('a.', 'c.') : part
      return {
        form: `regroup: ${join} behind an outer join`,
        grain: ['part'],
        header: [],
        select: `select ${name} as part, count(*) as rows, count(b.id) as of_b, count(c.id) as of_c\nfrom silver.a as a\nleft join silver.b as b on ${on} and b.i = a.i\n${join} silver.a as c on c.k = a.k and c.i = coalesce(b.i + 1, a.i)\ngroup by 1`,
      }
    }),
  fc
    .tuple(pick('n::text', 'n / 3', 'n::text || a.k'), pick('join', 'left join'))
    .map(([value, join]): RandomModel => ({
      form: 'regroup: made of equal values',
      grain: ['label'],
      header: [],
      select: `select a.${value} as label, count(*) as pairs\nfrom silver.a as a\n${join} silver.b as b on a.n = b.n and b.k = a.k\ngroup by 1`,
    })),
  pick('v / 2', 'v::text', 'v').map((value): RandomModel => ({
    form: 'regroup: a union of two types',
    grain: ['part'],
    header: [],
    select: `with t as (\n  select i as v, id, at from silver.a\n  union all\n  select n, id, at from silver.b\n)\nselect ${value} as part, count(*) as rows, percentile_disc(0.5) within group (order by id) as middle\nfrom t\ngroup by 1`,
  })),
  fc
    .tuple(pick('100 / i', '100 / i + 1'), pick('i <> 0', 'i > 0'))
    .map(([value, guard]): RandomModel => ({
      form: 'regroup: guarded by a condition above',
      grain: ['part'],
      header: [],
      select: `with t as (select i, id, at from silver.a)\nselect ${value} as part, percentile_disc(0.5) within group (order by id) as middle\nfrom t\nwhere ${guard}\ngroup by 1`,
    })),
  pick('union', 'except', 'intersect').map((operator): RandomModel => ({
    form: 'regroup: set operation',
    grain: ['k', 'g'],
    header: [],
    select: `select k, g from silver.a\n${operator}\nselect k, g from silver.b`,
  })),
)

/** A model of any strategy. What it gives depends on the rows alone: each order ends with id and time. */
export const randomModel: fc.Arbitrary<RandomModel> = fc.oneof(
  { weight: 5, arbitrary: merged },
  { weight: 3, arbitrary: appended },
  { weight: 5, arbitrary: regrouped },
)
