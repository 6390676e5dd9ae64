// Columns may be called like anything that compiled functions have.
import { expect, test } from 'vitest'
import { lettersOf, storeEvents, tick } from './bronzeRows.ts'
import { differences } from './exact.ts'
import { newProject } from './project.ts'

const names = [
  ...[
    'p_range',
    'p_slice_no',
    'p_skip',
    'p_floor',
    'p_new',
    'p_applied',
    'row_count',
    'from_at',
    'to_at',
  ],
  ...[
    'events',
    'parsed',
    'inserted',
    'entries',
    'newest',
    'stored',
    'claimed',
    'first_events',
    'made',
    'wanted',
  ],
  ...[
    'core',
    'state',
    'excluded',
    'parts',
    'added_1',
    'new',
    'old',
    'v_event',
    'v_one',
    'order',
    'Ünï "x"',
  ],
]
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const texts = names.map((name, n) => `payload ->> '${n}' as ${quoted(name)}`).join(', ')
const lateral = `bronze.goods cross join lateral jsonb_array_elements_text(payload -> 'list') as list (what)`
const keys = `${quoted('order')}, what`.replaceAll('"', '')

test('a model of any kind may have columns of these names', async () => {
  const event = (header: string, from: string, more = '') =>
    `-- E.\n-- kind: event\n-- time: at\n${header}select ${more}${texts}, kafka_at as at from ${from}\n`
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('goods');\n`,
    'shop/silver/plain.sql': event('', 'bronze.goods'),
    'shop/silver/keyed.sql': event('-- key: p_slice_no, row_count\n', 'bronze.goods'),
    'shop/silver/ever.sql': event('-- key: parsed, claimed\n-- unique: ever\n', 'bronze.goods'),
    'shop/silver/several.sql': event(`-- key: ${keys}\n`, lateral, 'what, '),
    'shop/silver/several_ever.sql': event(`-- key: ${keys}\n-- unique: ever\n`, lateral, 'what, '),
    'shop/silver/entity.sql': `-- E.\n-- kind: entity\n-- key: stored\n-- version: newest\n-- delete: tombstone\nselect ${texts} from bronze.goods\n`,
    'shop/gold/merged.sql': `-- M.\n-- kind: incremental\n-- grain: core, p_new\nselect core, p_new, ${names
      .filter((name) => !['core', 'p_new'].includes(name))
      .map((name, n) =>
        n % 3 === 0
          ? `count(distinct ${quoted(name)}) as ${quoted(name)}`
          : `max(${quoted(name)}) as ${quoted(name)}`,
      )
      .join(', ')} from silver.plain as state group by core, p_new\n`,
  })
  await project.apply()
  for (const round of [1, 2]) {
    const good = (n: number, list = ['x', 'y']) => ({
      payload: { ...names.map((_, place) => `${round} ${n % 3} ${place % 4}`), list },
      key: `key ${n}`,
    })
    await storeEvents(project.owner, 'goods', [
      good(1),
      good(2, ['x']),
      good(3),
      good(3, ['y', 'z']),
    ])
    await tick(project.owner)
  }
  expect(await project.rows('select model, error from ops.models where error is not null')).toEqual(
    [],
  )
  const counts = async (model: string) =>
    (await project.rows<{ n: number }>(`select count(*)::int as n from silver.${model}`))[0]!.n
  expect(await counts('plain')).toBe(8)
  expect(await counts('keyed')).toBe(6)
  expect(await counts('ever')).toBe(6)
  expect(await counts('several')).toBe(10)
  expect(await counts('several_ever')).toBe(10)
  expect(await counts('entity')).toBe(6)
  expect(await differences(project.owner, 'gold.merged')).toEqual([])
  expect(await project.rows('select from gold.merged')).not.toEqual([])
  for (const model of ['plain', 'keyed', 'ever', 'several', 'several_ever', 'entity'])
    expect(await lettersOf(project.owner, `silver.${model}`)).toEqual([])
})
