import { describe, expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'

const database = await testDatabase('applied')

describe('grafana_reader', () => {
  const denied = async (sql: string) => {
    const client = await database.client('grafana_reader')
    // Its default, which any session may lift: rights alone must hold.
    await client.query('set default_transaction_read_only = off')
    return expect(client.query(sql)).rejects
  }

  test('reads no bronze, and learns no name of its tables’ columns by selecting', async () => {
    for (const table of ['ecommerce_purchases', 'ecommerce_page_views']) {
      await (
        await denied(`select * from bronze.${table}`)
      ).toThrow(/permission denied for schema bronze/)
    }
  })

  test('reads no dead letter', async () => {
    await (
      await denied('select * from ops.dead_letters')
    ).toThrow(/permission denied for table dead_letters/)
  })

  test('reads nothing of the schema store', async () => {
    await (await denied('create table store.mine ()')).toThrow(/permission denied for schema store/)
  })

  test.each([
    'create table gold.mine (id int)',
    'create table silver.mine (id int)',
    'create table ops.mine (id int)',
    'create table public.mine (id int)',
    'create schema mine',
    'drop view gold.product_sales',
    'delete from ops.offsets',
    `update ops.sources set is_paused = true`,
    `select ops.add_source('mine')`,
    `select ops.pause_source('ecommerce-cart')`,
    `select ops.advance('[]')`,
    `select ops.run_job('forget old job runs')`,
  ])('may not %s', async (sql) => {
    await (await denied(sql)).toThrow(/permission denied|must be owner/)
  })

  test('may select from silver, gold and the views of ops, and write to nothing', async () => {
    const { rows } = await (
      await database.client()
    ).query<{ name: string; rights: string }>(
      `select relations.oid::regclass::text as name, string_agg(rights.name, ' ') as rights
      from pg_class as relations
      cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as rights (name)
      where relations.relnamespace::regnamespace::text in ('bronze', 'silver', 'gold', 'ops', 'store')
        and relations.relkind in ('r', 'p', 'v', 'm')
        and has_table_privilege('grafana_reader', relations.oid, rights.name)
        and not (
          rights.name = 'select'
          and (
            relations.relnamespace::regnamespace::text in ('silver', 'gold')
            or relations.relkind = 'v' and relations.relnamespace::regnamespace::text = 'ops'
          )
        )
      group by 1`,
    )
    expect(rows).toEqual([])
  })

  test('is read-only, and cut off after 15 s, unless it says otherwise', async () => {
    const reader = await database.client('grafana_reader')
    const { rows } = await reader.query(
      `select current_setting('transaction_read_only') as read_only, current_setting('statement_timeout') as timeout`,
    )
    expect(rows).toEqual([{ read_only: 'on', timeout: '15s' }])
  })
})
