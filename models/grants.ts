import type pg from 'pg'
import { roles } from '../cli/database.ts'

/** Rights on relations that others gave, as statements, by the relation's name. */
export type Grants = Map<string, string[]>

/**
 * Remembers the rights that others gave on a relation, before it is dropped to be made again. Those of
 * Sluice's own roles come with the model.
 */
export async function rememberGrants(
  client: pg.ClientBase,
  grants: Grants,
  relation: { name: string; schema: string; object: string },
): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `select format(
        'grant %s on %I.%I to %s%s',
        rights.privilege_type, nspname, relname,
        case when rights.grantee = 0 then 'public' else quote_ident(rolname) end,
        case when rights.is_grantable then ' with grant option' else '' end
      ) as statement
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    cross join lateral aclexplode(relacl) as rights
    left join pg_roles on pg_roles.oid = rights.grantee
    where nspname = $1
      and relname = $2
      and rights.grantee <> relowner
      and coalesce(rolname, 'public') <> all ($3::name[])
    order by 1`,
    [relation.schema, relation.object, roles],
  )
  grants.set(
    relation.name,
    rows.map((row) => row.statement),
  )
}

export async function giveBack(client: pg.ClientBase, grants: Grants, name: string): Promise<void> {
  for (const statement of grants.get(name) ?? []) await client.query(statement)
}
