import pg from 'pg'
import {
  calledName,
  copyOf,
  parseSelect,
  placeOf,
  replaceNodes,
  textOf,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'
import { clockConstants, type ReportAt } from './checkTable.ts'
import { describeColumns } from './describe.ts'
import { columnsOf, type Model } from './model.ts'
import type { Column } from './storeNames.ts'

/** Checks of a model in a table that need the server's word on types. */
export async function checkOnServer(
  client: pg.ClientBase,
  model: Model,
  select: Select,
  columns: Column[],
  report: ReportAt,
): Promise<void> {
  for (const node of clockConstants(select)) {
    if (await isTime(client, select, node)) {
      report(
        placeOf(node),
        'This constant means the clock',
        'Write a date, or compare with the clock in a view above.',
      )
    }
  }
  for (const key of [...columnsOf(model, 'key'), ...columnsOf(model, 'grain')]) {
    const column = columns.find((one) => one.name === key)
    if (column && !(await hasOrder(client, column))) {
      report(
        placeOf(select['targetList']),
        `"${key}" is ${column.type}, which has no equality: it can't tell rows apart`,
        'Cast it, for example to jsonb or text.',
      )
    }
  }
  if (model.kind === 'incremental') await checkFloats(client, select, report)
}

/** A text that the server takes for a time: another text in its place is no valid one. */
async function isTime(client: pg.ClientBase, select: Select, constant: Node): Promise<boolean> {
  const other = replaceNodes(select, (node) =>
    node === constant ? { A_Const: { sval: { sval: 'no time' } } } : undefined,
  )
  return (await describeError(client, textOf(other)))?.startsWith('220') ?? false
}

const hasOrder = async (client: pg.ClientBase, { type }: Column): Promise<boolean> =>
  (await describeError(
    client,
    `select value from (select null::${type} as value) as one order by value`,
  )) === undefined

/** Sums of float depend on the order in which rows come. */
async function checkFloats(client: pg.ClientBase, select: Select, report: ReportAt): Promise<void> {
  const levels: Select[] = []
  visitNodes({ SelectStmt: copyOf(select) }, (type, fields) => {
    if (type === 'SelectStmt') levels.push(fields)
  })
  for (const level of levels) {
    const calls: Node[] = []
    visitNodes([level['targetList'], level['havingClause']], (type, call, node) => {
      if (type === 'FuncCall' && ['sum', 'avg'].includes(calledName(call))) calls.push(node)
    })
    for (const call of calls) {
      if (await isFloat(client, select, level, call)) {
        report(
          placeOf(call),
          `${calledName(call['FuncCall'] as Node)} of float depends on the order of its rows`,
          'Cast to numeric inside it.',
        )
      }
    }
  }
}

async function isFloat(
  client: pg.ClientBase,
  select: Select,
  level: Select,
  call: Node,
): Promise<boolean> {
  const plain = { ...(call['FuncCall'] as Node) }
  delete plain['over']
  const probe: Select = {
    ...parseSelect('select 1'),
    ...(select['withClause'] ? { withClause: select['withClause'] } : {}),
    ...(level['withClause'] ? { withClause: level['withClause'] } : {}),
    ...(level['fromClause'] ? { fromClause: level['fromClause'] } : {}),
    targetList: [{ ResTarget: { name: 'total', val: { FuncCall: plain } } }],
  }
  // what can't be asked alone, such as a lateral query, is left
  const columns = await describeInSavepoint(client, textOf(probe)).catch(() => [])
  return columns.some((column) => ['real', 'double precision'].includes(column.type))
}

/** The SQLSTATE with which the server refuses a query; undefined when it takes it. */
async function describeError(client: pg.ClientBase, text: string): Promise<string | undefined> {
  return describeInSavepoint(client, text).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof pg.DatabaseError) return error.code
      throw error
    },
  )
}

/** Describes a query that may be refused, without spoiling the transaction. */
export async function describeInSavepoint(client: pg.ClientBase, text: string): Promise<Column[]> {
  await client.query('savepoint describing')
  try {
    return await describeColumns(client, text)
  } catch (error) {
    await client.query('rollback to savepoint describing')
    throw error
  } finally {
    await client.query('release savepoint describing')
  }
}
