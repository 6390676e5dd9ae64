import type pg from 'pg'
import type { Column } from './storeNames.ts'

/**
 * Of columns those whose type is told equal by an operator that is not PostgreSQL's own, as citext is: compiled functions
 * have nothing but pg_catalog in their path, where `=` of two such values is that of a type they become by themselves.
 */
export async function foreignTypes(client: pg.ClientBase, columns: Column[]): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `with recursive types (name, type_id) as (
      select name, to_regtype(type)::oid from unnest($1::text[], $2::text[]) as columns (name, type)
      union all
      select name, typbasetype
      from types
      join pg_type on pg_type.oid = type_id
      where typtype = 'd'
    )
    select distinct name
    from types
    join pg_opclass on opcintype = type_id and opcdefault
    join pg_amop
      on amopfamily = opcfamily and amoplefttype = type_id and amoprighttype = type_id
    join pg_operator on pg_operator.oid = amopopr
    where (amopmethod, amopstrategy) in (
        select oid, case amname when 'btree' then 3 else 1 end
        from pg_am
        where amname in ('btree', 'hash')
      )
      and oprnamespace <> 'pg_catalog'::regnamespace`,
    [columns.map(({ name }) => name), columns.map(({ type }) => type)],
  )
  return new Set(rows.map(({ name }) => name))
}
