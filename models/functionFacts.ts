import type pg from 'pg'
import { calledName, fullName, namesIn, visitNodes, type Node, type Select } from './ast.ts'

/** What the server knows of the functions that a select calls, by name. */
export interface FunctionFacts {
  /** With their schema. */
  aggregates: Set<string>
  setReturning: Set<string>
  /** With their schema; may give something else each time they are called: volatile, or made by users and not immutable. */
  restless: Set<string>
}

export async function functionFacts(client: pg.ClientBase, select: Select): Promise<FunctionFacts> {
  const called = new Set<string>()
  visitNodes(select, (type, call) => {
    if (type === 'FuncCall') called.add(fullName(call))
  })
  const { rows } = await client.query<{
    schema: string
    name: string
    isAggregate: boolean
    isSetReturning: boolean
    isRestless: boolean
  }>(
    `select
      nspname as schema,
      proname as name,
      bool_or(prokind = 'a') as "isAggregate",
      bool_or(proretset) as "isSetReturning",
      -- of functions under one name it is not known here which is meant: the server's own are known to be harmless
      case
        when nspname = 'pg_catalog' then bool_and(provolatile = 'v')
        else bool_or(provolatile <> 'i')
      end as "isRestless"
    from pg_proc
    join pg_namespace on pg_namespace.oid = pronamespace
    where nspname || '.' || proname = any ($1)
    group by nspname, proname`,
    [[...called]],
  )
  const those = (is: 'isAggregate' | 'isSetReturning' | 'isRestless') =>
    rows.filter((row) => row[is])
  const full = ({ schema, name }: { schema: string; name: string }) => `${schema}.${name}`
  return {
    aggregates: new Set(those('isAggregate').map(full)),
    setReturning: new Set(those('isSetReturning').map(({ name }) => name)),
    restless: new Set(those('isRestless').map(full)),
  }
}

/** Functions of PostgreSQL that are stable within a statement, and tell of the clock or the session. */
const sessionFunctions = [
  'now',
  'statement_timestamp',
  'transaction_timestamp',
  'current_setting',
  'pg_current_xact_id',
  'pg_current_xact_id_if_assigned',
  'txid_current',
  'txid_current_if_assigned',
  'pg_current_snapshot',
  'txid_current_snapshot',
  'pg_backend_pid',
  'inet_client_addr',
  'inet_client_port',
  'inet_server_addr',
  'inet_server_port',
  'current_schema',
  'current_schemas',
  'pg_postmaster_start_time',
  'pg_conf_load_time',
  'pg_is_in_recovery',
]

/** Calls that make a select mean something else each time: volatile functions, the clock, the session. */
export function restlessCalls(
  select: Select,
  { restless }: FunctionFacts,
): { name: string; node: Node }[] {
  const found: { name: string; node: Node }[] = []
  visitNodes(select, (type, fields, node) => {
    if (type === 'SQLValueFunction') {
      const name = String(fields['op']).replace('SVFOP_', '').toLowerCase()
      found.push({ name, node })
    }
    if (type !== 'FuncCall') return
    const name = calledName(fields)
    const isAgeByClock = name === 'age' && ((fields['args'] ?? []) as Node[]).length === 1
    if (restless.has(fullName(fields)) || sessionFunctions.includes(name) || isAgeByClock) {
      found.push({ name: namesIn(fields['funcname']).join('.'), node })
    }
  })
  return found
}
