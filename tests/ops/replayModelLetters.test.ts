import { beforeEach, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { lettersOf, storeEvents, tick } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'

const sales = (amount: string, name = 'sales') => `-- Sales.
-- kind: event
-- key: id
-- time: sold_at
select
  payload ->> 'id' as id,
  ${amount} as amount,
  kafka_at as sold_at
from bronze.sales
-- ${name}
`
const strict = `(payload ->> 'amount')::int`

let project: Project
beforeEach(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/sales.sql': sales(strict),
    'shop/gold/total.sql': `-- What was sold.
-- kind: incremental
-- grain: sold_at
select sold_at, sum(amount) as amount, count(*) as sales
from silver.sales
group by sold_at
`,
  })
  await project.apply()
  await storeEvents(project.owner, 'sales', [
    { payload: { id: 'a', amount: '1' } },
    { payload: { id: 'b', amount: 'ten' } },
    { payload: { id: 'c', amount: '3' } },
  ])
  await tick(project.owner)
})

const replay = (payload: string | null = null) =>
  project.rows(
    `select ops.replay_dead_letters(
      'sales', 'silver.sales', p_partition => 0, p_offsets => '{1}', p_payload => $1
    ) as replayed`,
    [payload],
  )
const total = () => project.rows('select amount, sales from gold.total')
const outcomes = async () => (await verifyModels(project.owner, [])).map(({ outcome }) => outcome)

test('an event with a mended payload is taken once, and gold follows with the next tick', async () => {
  expect(await replay(JSON.stringify({ id: 'b', amount: '10' }))).toEqual([{ replayed: '1' }])
  await tick(project.owner)
  expect(await total()).toEqual([{ amount: '14', sales: '3' }])
  expect(await lettersOf(project.owner, 'silver.sales')).toEqual([])
  expect(await replay()).toEqual([{ replayed: '0' }])
  await tick(project.owner)
  expect(await total()).toEqual([{ amount: '14', sales: '3' }])
  expect(await outcomes()).toEqual(['equal', 'equal'])
})

test('the event as it was and as it was mended are kept', async () => {
  await replay(JSON.stringify({ id: 'b', amount: '10' }))
  const [kept] = await project.rows(
    `select stage, outcome, convert_from(decode(original ->> 'payload', 'base64'), 'UTF8')::jsonb as original, mended
    from ops.settled_letters`,
  )
  expect(kept).toMatchObject({
    stage: 'silver.sales',
    outcome: 'replayed',
    original: { id: 'b', amount: 'ten' },
  })
  expect(JSON.stringify(kept!.mended)).toContain('10')
})

test('an event that the model still can’t take stays a dead letter: SL015', async () => {
  await expect(replay()).rejects.toMatchObject({ code: 'SL015' })
  await expect(replay(JSON.stringify({ id: 'b', amount: 'eleven' }))).rejects.toMatchObject({
    code: 'SL015',
  })
  const [stored] = await project.rows(
    `select payload ->> 'amount' as amount from bronze.sales where kafka_offset = 1`,
  )
  expect(stored).toEqual({ amount: 'ten' })
  expect(await total()).toEqual([{ amount: '4', sales: '2' }])
})

test('an event that another model has stored is not mended: SL018', async () => {
  project.write({ 'shop/silver/all_sales.sql': sales(`payload ->> 'amount'`) })
  await project.apply()
  await tick(project.owner)
  await expect(replay(JSON.stringify({ id: 'b', amount: '10' }))).rejects.toMatchObject({
    code: 'SL018',
  })
})

/** Models that make no row of event 3, `{id: 'a', amount: 'x'}`, as it is stored. */
const others = {
  'shop/silver/tens.sql': `-- Sales of ten.
-- kind: event
-- time: sold_at
select payload ->> 'id' as id, length(payload ->> 'amount') / (payload ->> 'parts')::int as part, kafka_at as sold_at
from bronze.sales
where payload ->> 'amount' = '10'
`,
  'shop/silver/ids.sql': sales(`1`),
  'shop/silver/newest.sql': `-- Newest sale of each id.
-- kind: entity
-- key: id
select payload ->> 'id' as id, payload ->> 'amount' as amount from bronze.sales
`,
}
const replayThird = (payload: object) =>
  project.rows(
    `select ops.replay_dead_letters(
      'sales', 'silver.sales', p_partition => 0, p_offsets => '{3}', p_payload => $1
    ) as replayed`,
    [JSON.stringify(payload)],
  )

test('a mended event comes to models that had filtered it, had taken it for a repeat or have a newer one', async () => {
  project.write(others)
  await project.apply()
  await storeEvents(project.owner, 'sales', [
    { payload: { id: 'a', amount: 'x' } },
    { payload: { id: 'a', amount: '5' } },
  ])
  await tick(project.owner)
  expect(await outcomes()).toEqual(['equal', 'equal', 'equal', 'equal', 'equal'])
  expect(await replayThird({ id: 'z', amount: '10', parts: 1 })).toEqual([{ replayed: '1' }])
  expect(await project.rows('select id, part from silver.tens')).toEqual([{ id: 'z', part: 2 }])
  const ofZ = (model: string) =>
    project.rows(`select id, amount::text from silver.${model} where id = 'z'`)
  expect(await ofZ('ids')).toEqual([{ id: 'z', amount: '1' }])
  expect(await ofZ('newest')).toEqual([{ id: 'z', amount: '10' }])
  expect(await ofZ('sales')).toEqual([{ id: 'z', amount: '10' }])
  await tick(project.owner)
  expect(await outcomes()).toEqual(['equal', 'equal', 'equal', 'equal', 'equal'])
})

test('an event that is mended for one model and can’t be taken by another as mended stays as it was: SL015', async () => {
  project.write(others)
  await project.apply()
  await storeEvents(project.owner, 'sales', [
    { payload: { id: 'a', amount: 'x' } },
    { payload: { id: 'a', amount: '5' } },
  ])
  await tick(project.owner)
  await expect(replayThird({ id: 'z', amount: '10', parts: 0 })).rejects.toMatchObject({
    code: 'SL015',
    message: expect.stringContaining('silver.tens still can') as string,
  })
  expect(await lettersOf(project.owner, 'silver.sales')).toEqual(['0/1 22P02', '0/3 22P02'])
  expect(await outcomes()).toEqual(['equal', 'equal', 'equal', 'equal', 'equal'])
})

test('a mended event is not given to a model whose letter of it was discarded', async () => {
  project.write({ 'shop/silver/copies.sql': sales(strict, 'copies') })
  await project.apply()
  await tick(project.owner)
  await project.rows(`select ops.discard_dead_letters('sales', 'silver.copies')`)
  await replay(JSON.stringify({ id: 'b', amount: '10' }))
  expect(await project.rows('select id from silver.copies order by id')).toEqual([
    { id: 'a' },
    { id: 'c' },
  ])
  await tick(project.owner)
  expect(await outcomes()).toEqual(['equal', 'equal', 'equal'])
})

test('a mended key or time alone is taken by every model that could not take the event', async () => {
  const byKey = (name: string) => `-- Newest sale by key.
-- kind: entity
-- key: k
select kafka_key as k, payload ->> '${name}' as ${name} from bronze.sales
`
  project.write({ 'shop/silver/ids.sql': byKey('id'), 'shop/silver/amounts.sql': byKey('amount') })
  project.write({ 'shop/silver/sales.sql': null, 'shop/gold/total.sql': null })
  await project.apply({ prune: true })
  await storeEvents(project.owner, 'sales', [{ key: null, payload: { id: 'd', amount: '4' } }])
  await tick(project.owner)
  expect(await lettersOf(project.owner, 'silver.ids')).toEqual(['0/3 23502'])
  expect(await lettersOf(project.owner, 'silver.amounts')).toEqual(['0/3 23502'])
  await project.rows(
    `select ops.replay_dead_letters(
      'sales', 'silver.ids', p_partition => 0, p_offsets => '{3}', p_key => 'k4'
    )`,
  )
  expect(await project.rows(`select id from silver.ids where k = 'k4'`)).toEqual([{ id: 'd' }])
  expect(await project.rows(`select amount from silver.amounts where k = 'k4'`)).toEqual([
    { amount: '4' },
  ])
  expect(await outcomes()).toEqual(['equal', 'equal'])
})

test.each([null, JSON.stringify({ id: 'b', amount: '10' })])(
  'a letter whose day bronze has dropped stays, with its bytes: SL019 (payload %s)',
  async (payload) => {
    await project.rows(`select ops.add_source('sales', p_retain => interval '2 days')`)
    await project.rows(`select set_config('sluice.now', (now() + interval '5 days')::text, false)`)
    await project.rows('select ops.drop_expired_partitions()')
    await expect(replay(payload)).rejects.toMatchObject({ code: 'SL019' })
    expect(
      await project.rows(
        `select convert_from(payload, 'UTF8')::jsonb as payload from ops.dead_letters`,
      ),
    ).toEqual([{ payload: { id: 'b', amount: 'ten' } }])
    expect(await project.rows('select from ops.settled_letters')).toEqual([])
  },
)

test('once the model is mended its letters are taken by apply itself', async () => {
  project.write({
    'shop/silver/sales.sql': sales(
      `case payload ->> 'amount' when 'ten' then 10 else ${strict} end`,
    ),
  })
  await project.apply()
  expect(await total()).toEqual([{ amount: '14', sales: '3' }])
  expect(await lettersOf(project.owner, 'silver.sales')).toEqual([])
})

const mended = sales(`case payload ->> 'amount' when 'ten' then 10 else ${strict} end`)
const discard = () => project.rows(`select ops.discard_dead_letters('sales', 'silver.sales')`)

test('an event that was given up is taken by the model once that is mended, and what was done is kept', async () => {
  await discard()
  project.write({ 'shop/silver/sales.sql': mended })
  await project.apply()
  expect(await total()).toEqual([{ amount: '14', sales: '3' }])
  expect(await outcomes()).toEqual(['equal', 'equal'])
  expect(await project.rows('select outcome, is_reopened from ops.settled_letters')).toEqual([
    { outcome: 'discarded', is_reopened: true },
  ])
})

test('an event that was given up and that the changed model can’t take either is its dead letter again', async () => {
  await discard()
  project.write({ 'shop/silver/sales.sql': sales(`1 + ${strict}`) })
  await project.apply()
  expect(await lettersOf(project.owner, 'silver.sales')).toEqual(['0/1 22P02'])
  expect(await outcomes()).toEqual(['equal', 'equal'])
})

test('a model that was dropped and comes back mended has no letters of its former life', async () => {
  const gone = { 'shop/silver/sales.sql': null, 'shop/gold/total.sql': null }
  project.write(gone)
  await project.apply({ prune: true })
  expect(await lettersOf(project.owner, 'silver.sales')).toEqual([])
  project.write({ 'shop/silver/sales.sql': mended })
  await project.apply()
  await tick(project.owner)
  expect(await project.rows('select sum(amount) as amount from silver.sales')).toEqual([
    { amount: '14' },
  ])
  expect(await outcomes()).toEqual(['equal'])
})
