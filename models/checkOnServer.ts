import pg from 'pg'
import {
  calledName,
  copyOf,
  fromItem,
  isSame,
  parseSelect,
  placeOf,
  replaceNodes,
  textOf,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'
import { clockConstants, isWritable, type ReportAt } from './checkTable.ts'
import { describeColumns } from './describe.ts'
import { foreignTypes } from './foreignTypes.ts'
import { isLockTimeout } from './lockPatience.ts'
import { columnsOf, type Model } from './model.ts'
import type { Column } from './storeNames.ts'
import {
  countTextsToTimes,
  nullOf,
  readsTimes,
  timeCastsIn,
  timeConstants,
  type TimeTypes,
} from './timeTypes.ts'

/** Checks of a model in a table that need the server's word on types. */
export async function checkOnServer(
  client: pg.ClientBase,
  model: Model,
  select: Select,
  { columns, times }: { columns: Column[]; times: TimeTypes },
  report: ReportAt,
): Promise<void> {
  const constants = timeConstants(select, times)
  for (const node of clockConstants(select)) {
    if (constants.has(node) || (await isTime(client, select, node))) {
      report(
        placeOf(node),
        'This constant means the clock',
        'Write a date, or compare with the clock in a view above.',
      )
    }
  }
  const lacks: [header: string, what: string][] = [
    ['key', "equality: it can't tell rows apart"],
    ['grain', "equality: it can't tell rows apart"],
    ['version', "order: it can't tell which one is newer"],
  ]
  for (const [header, what] of lacks) {
    for (const name of columnsOf(model, header)) {
      const column = columns.find((one) => one.name === name)
      if (column && !(await hasOrder(client, column))) {
        report(
          placeOf(select['targetList']),
          `"${name}" is ${column.type}, which has no ${what}`,
          'Cast it, for example to jsonb or text.',
        )
      }
    }
  }
  const foreign = await foreignTypes(client, columns)
  for (const name of [...columnsOf(model, 'key'), ...columnsOf(model, 'version')]) {
    const column = columns.find((one) => one.name === name)
    if (column && foreign.has(name)) {
      report(
        placeOf(select['targetList']),
        `"${name}" is ${column.type}, whose values are not compared as PostgreSQL's own are`,
        'Cast it to text: lower((…)::text), for example.',
      )
    }
  }
  if (model.kind === 'incremental') {
    await checkFloats(client, select, report)
    await checkTexts(client, select, times, report)
  }
}

/** A word for the clock in an event would be another time whenever the model reads it; event models refuse such events. */
async function checkTexts(
  client: pg.ClientBase,
  select: Select,
  times: TimeTypes,
  report: ReportAt,
): Promise<void> {
  const refuse = (node: Node) =>
    report(
      placeOf(node),
      'A text becomes a time here, and may be a word for the clock',
      'Cast it in the event model, where an event with such a word is a dead letter.',
    )
  visitNodes(select, (type, fields, node) => {
    if (readsTimes(type, fields, times)) refuse(node)
  })
  const casts = timeCastsIn(select, times)
  if (casts.length === 0 || !isWritable(select)) return
  let rest = select
  let count = await countTextsToTimes(client, textOf(select))
  for (const cast of casts) {
    if (count === 0) return
    const without = replaceNodes(rest, (node) =>
      isSame(node, cast.node) ? nullOf(cast) : undefined,
    )
    const left = await countTextsToTimes(client, textOf(without))
    if (left === count) continue
    refuse(casts.findLast(({ node }) => isSame(node, cast.node))!.node)
    ;[rest, count] = [without, left]
  }
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

/** Sums of floats depend on the order in which rows come, and all that is made of them. */
const summing =
  /^(sum|avg|stddev(_pop|_samp)?|variance|var_(pop|samp)|corr|covar_(pop|samp)|regr_(?!count).*)$/

/** Those of two values: there are none of numeric. */
const ofTwo = /^(corr|covar_|regr_)/

async function checkFloats(client: pg.ClientBase, select: Select, report: ReportAt): Promise<void> {
  for (const { level, withs } of levelsOf(copyOf(select), [])) {
    const calls: Node[] = []
    visitNodes(
      [level['targetList'], level['havingClause'], level['sortClause']],
      (type, call, node) => {
        if (type === 'SelectStmt') return false
        if (type === 'FuncCall' && summing.test(calledName(call))) calls.push(node)
        return undefined
      },
    )
    for (const call of calls) {
      if (await isFloat(client, level, withs, call)) {
        const name = calledName(call['FuncCall'] as Node)
        report(
          placeOf(call),
          `${name} of float depends on the order of its rows`,
          ofTwo.test(name)
            ? 'PostgreSQL has it of float alone: make it a view or a materialized view, or make it of sums of numeric.'
            : 'Cast to numeric inside it.',
        )
      }
    }
  }
}

interface Level {
  level: Select
  /** The queries of each `with` that it sees, outer ones first. */
  withs: Node[][]
}

/** All selects in one, those of unions and of `with` too. */
function levelsOf(select: Select, outer: Node[][]): Level[] {
  const own = ((select['withClause'] as Node | undefined)?.['ctes'] ?? []) as Node[]
  const withs = own.length > 0 ? [...outer, own] : outer
  const inner = own.flatMap((cte, index) => selectsIn(cte, [...outer, own.slice(0, index)]))
  for (const side of ['larg', 'rarg']) {
    if (select[side]) inner.push(...levelsOf(select[side] as Select, withs))
  }
  const rest = Object.entries(select).filter(
    ([key]) => !['larg', 'rarg', 'withClause'].includes(key),
  )
  inner.push(
    ...selectsIn(
      rest.map(([, value]) => value),
      withs,
    ),
  )
  return [{ level: select, withs }, ...inner]
}

function selectsIn(tree: unknown, withs: Node[][]): Level[] {
  const found: Level[] = []
  visitNodes(tree, (type, fields) => {
    if (type !== 'SelectStmt') return undefined
    found.push(...levelsOf(fields, withs))
    return false
  })
  return found
}

async function isFloat(
  client: pg.ClientBase,
  level: Select,
  withs: Node[][],
  call: Node,
): Promise<boolean> {
  const plain = { ...(call['FuncCall'] as Node) }
  delete plain['over']
  const own: Select = {
    ...parseSelect('select 1'),
    ...(level['fromClause'] ? { fromClause: level['fromClause'] } : {}),
    targetList: [{ ResTarget: { name: 'total', val: { FuncCall: plain } } }],
  }
  // each in a select of its own, as a name may be given again further in
  const probe = withs
    .filter((ctes) => ctes.length > 0)
    .reduceRight<Select>(
      (inner, ctes) => ({
        ...parseSelect('select * from probe'),
        withClause: { ctes },
        fromClause: [fromItem(inner, 'probe')],
      }),
      own,
    )
  // what can't be asked alone, such as a lateral query, is left
  const columns = await describeInSavepoint(client, textOf(probe)).catch((error: unknown) => {
    if (isLockTimeout(error)) throw error
    return []
  })
  return columns.some((column) => ['real', 'double precision'].includes(column.type))
}

/** The SQLSTATE with which the server refuses a query; undefined when it takes it. */
async function describeError(client: pg.ClientBase, text: string): Promise<string | undefined> {
  return describeInSavepoint(client, text).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof pg.DatabaseError && !isLockTimeout(error)) return error.code
      throw error
    },
  )
}

/** Describes a query that may be refused, without spoiling the transaction. */
export async function describeInSavepoint(
  client: pg.ClientBase,
  text: string,
  describe = describeColumns,
): Promise<Column[]> {
  await client.query('savepoint describing')
  try {
    return await describe(client, text)
  } catch (error) {
    await client.query('rollback to savepoint describing')
    throw error
  } finally {
    await client.query('release savepoint describing')
  }
}
