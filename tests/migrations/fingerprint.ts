import type pg from 'pg'

const schemas = ['ops', 'bronze', 'silver', 'gold', 'store']

/**
 * Every object of Sluice's schemas with the transaction that wrote it last (xmin), and the rows of the tables that
 * migrate and apply keep: whatever is made again, even if it looks the same, changes it. Jobs may run meanwhile, and
 * write down that they did: of them counts when they were made, and how.
 */
export async function fingerprint(client: pg.Client): Promise<unknown[]> {
  const { rows: objects } = await client.query<Record<string, unknown>>(
    `select 'relation' as what, oid, xmin, relname as name, relacl::text as rights
    from pg_class
    where relnamespace::regnamespace::text = any($1)
    union all
    select 'function', oid, xmin, proname, proacl::text
    from pg_proc
    where pronamespace::regnamespace::text = any($1)
    union all
    select 'schema', oid, xmin, nspname, nspacl::text
    from pg_namespace
    where nspname = any($1)
    order by what, name, oid`,
    [schemas],
  )
  const kept = ['migrations', 'migration_checksums', 'models', 'model_versions', 'sources']
  const { rows } = await client.query<Record<string, unknown>>(
    kept
      .map((table) => `select '${table}' as what, xmin, kept::text from ops.${table} as kept`)
      .join(' union all ') +
      ` union all
      select 'jobs', null, (job_name, command, every, runner, created_at)::text from ops.jobs
      order by what, kept`,
  )
  return [...objects, ...rows]
}
