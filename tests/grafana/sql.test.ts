import { expandMacros, queriesOf, timeRangeOf, variableValuesOf } from 'grafana-provisioning-schema'
import { describe, expect, test } from 'vitest'
import { queriesInFiles, type SqlInFile } from './files.ts'
import { shapeOfSql } from './shapeOfSql.ts'

const lastHour = { from: new Date('2026-03-01T09:00:00Z'), to: new Date('2026-03-01T10:00:00Z') }

/** The query as Grafana sends it when the dashboard is opened and its variables have these options. */
function expanded(query: SqlInFile, options: string[] = ["O'Neill", 'shoes']): string {
  if (query.isAlert) return expandMacros(query.sql, lastHour)
  const names = queriesOf(query.json).filter(({ kind }) => kind === 'variable')
  const values = Object.fromEntries(names.map(({ panel }) => [panel, options]))
  const variables = variableValuesOf(query.json, values)
  return expandMacros(query.sql, { ...timeRangeOf(query.json, lastHour.to), variables })
}

describe.each(queriesInFiles())('$name', (query) => {
  test('is one select over gold, silver or ops', async () => {
    const { statements, schemas } = await shapeOfSql(expanded(query))
    expect(statements).toEqual(['SelectStmt'])
    expect(schemas.length).toBeGreaterThan(0)
    expect(schemas.filter((schema) => !['gold', 'silver', 'ops'].includes(schema))).toEqual([])
  })

  test('joins nothing and digs in no JSON', async () => {
    const { joins, jsonOperators } = await shapeOfSql(expanded(query))
    expect({ joins, jsonOperators }).toEqual({ joins: 0, jsonOperators: [] })
  })

  test('can be parsed when a variable has no values yet', async () => {
    await expect(shapeOfSql(expanded(query, []))).resolves.toBeDefined()
  })
})

describe('the shape of a query', () => {
  test('shows joins, of either form', async () => {
    expect((await shapeOfSql('select 1 from gold.a join gold.b using (id)')).joins).toBe(1)
    expect((await shapeOfSql('select 1 from (select 1 from gold.a, gold.b) as c')).joins).toBe(1)
  })

  test('shows digging in JSON', async () => {
    const { jsonOperators } = await shapeOfSql("select a ->> 'b' from gold.a where c -> 'd' = e")
    expect(jsonOperators).toEqual(['->>', '->'])
  })

  test('shows every schema, in subqueries too', async () => {
    const { schemas } = await shapeOfSql(
      'select (select 1 from bronze.a) from gold.b union select 1 from c',
    )
    expect(schemas.toSorted()).toEqual(['', 'bronze', 'gold'])
  })
})
