import type pg from 'pg'

/**
 * Where a model differs from its own file's text, computed over what it reads: rows that it has too many (+) and
 * too few (-), repeats counted, and columns of another name or type. Empty when it is exact.
 */
export async function differences(client: pg.ClientBase, model: string): Promise<string[]> {
  const found = await client.query<{ definition: string }>(
    'select definition from ops.models where model = $1',
    [model],
  )
  const definition = found.rows[0]!.definition.trim().replace(/;$/, '')
  await client.query('drop view if exists pg_temp.expected_model')
  await client.query(`create temporary view expected_model as\n${definition}`)
  const { rows } = await client.query<{ difference: string }>(
    `select '+ ' || stored::text as difference
    from (select * from ${model} except all select * from expected_model) as stored
    union all
    select '- ' || expected::text
    from (select * from expected_model except all select * from ${model}) as expected
    union all
    select format('%s: %s, not %s', expected.place, stored.col, expected.col)
    from (${columnsOf(model)}) as stored
    full join (${columnsOf('expected_model')}) as expected using (place)
    where stored.col is distinct from expected.col
    order by 1`,
  )
  return rows.map(({ difference }) => difference)
}

const columnsOf = (relation: string) => `
  select attnum as place, format('%s %s', attname, format_type(atttypid, atttypmod)) as col
  from pg_attribute
  where attrelid = '${relation}'::regclass and attnum > 0`
