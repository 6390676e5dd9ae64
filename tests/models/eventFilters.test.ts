// Conditions of a model that an event makes fail: the event is a dead letter, and the others of its batch are stored.
import { expect, test } from 'vitest'
import { lettersOf, storeEvents, tick } from './bronzeRows.ts'
import { newProject } from './project.ts'

const header = (kind: string, keys: string) => `-- Rows.\n-- kind: ${kind}\n${keys}\n`
const columns = `payload ->> 'id' as id, kafka_at as at`

const models: Record<string, string> = {
  cheap: `${header('event', '-- key: id\n-- time: at')}select ${columns} from bronze.e where (payload ->> 'i')::int > 0`,
  dear: `${header('event', '-- time: at')}select ${columns} from bronze.e where 10 / (payload ->> 'i')::int / 2 + 1 > 0`,
  ever: `${header('event', '-- key: id\n-- unique: ever\n-- time: at')}select ${columns} from bronze.e where (payload ->> 'i')::int > 0`,
  called: `${header('event', '-- time: at')}select ${columns} from bronze.e where lab.is_wanted(payload)`,
  joined: `${header('event', '-- time: at')}select ${columns}, n from bronze.e join lateral generate_series(1, 2) as n on (payload ->> 'i')::int > 0`,
  newest: `${header('entity', '-- key: id')}select payload ->> 'id' as id from bronze.e where (payload ->> 'i')::int > 0`,
  removed: `${header('entity', '-- key: id\n-- delete: tombstone')}select payload ->> 'id' as id from bronze.e where lab.is_wanted(payload)`,
}

test('what fails in a condition of a model is a dead letter of the event alone', async () => {
  const files = Object.entries(models).map(([name, text]) => [`lab/silver/${name}.sql`, text])
  const project = await newProject({
    'lab/sources.sql': `-- Topics.\nselect ops.add_source('e');\n`,
    ...(Object.fromEntries(files) as Record<string, string>),
  })
  await project.rows(`create schema lab;
    create function lab.is_wanted(p jsonb) returns boolean language plpgsql immutable cost 1
    as $$ begin return (p ->> 'i')::int > 0; end $$`)
  await project.apply()
  const events = Array.from({ length: 30 }, (_, n) => ({
    payload: { id: `e${n}`, i: n === 11 ? 'bad' : n === 20 ? '0' : '1' },
  }))
  // by halves, so that the second begins behind what the first has read
  await storeEvents(project.owner, 'e', events.slice(0, 6))
  await tick(project.owner)
  await storeEvents(project.owner, 'e', events.slice(6))
  await tick(project.owner)
  for (const name of Object.keys(models)) {
    const [stored] = await project.rows(
      `select count(distinct id)::int as n, count(*) filter (where id in ('e11', 'e20'))::int as bad from silver.${name}`,
    )
    // nothing by nothing is a failure, too
    const isDivided = name === 'dear'
    expect([name, stored]).toEqual([name, { n: 28, bad: 0 }])
    expect([name, (await lettersOf(project.owner, `silver.${name}`)).length]).toEqual([
      name,
      isDivided ? 2 : 1,
    ])
  }
})
