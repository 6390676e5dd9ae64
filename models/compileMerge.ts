import {
  calledName,
  columnOf,
  copyOf,
  expression,
  expressionText,
  fullName,
  isSame,
  isStar,
  parseSelect,
  placeOf,
  replaceNodes,
  targetsOf,
  textOf,
  type Node,
  type Select,
  type Target,
} from './ast.ts'
import type { StoredForm } from './compileEvent.ts'
import { describeParts } from './describe.ts'
import { markEntities, newRows, replaceTables, type EventTable } from './eventTables.ts'
import { isAggregate, sourceObstacle, type Aggregates, type Obstacle } from './linear.ts'
import { mergeStatements, type StateColumn } from './mergeStatements.ts'
import { columnsOf, type Model } from './model.ts'
import { columnList, columnType, quote, storeName, type Column } from './storeNames.ts'

/** What the compiler knows and may ask while it compiles an incremental model. */
export interface Incremental {
  model: Model
  version: number
  /** The outputs of the model's select, as the server describes them. */
  columns: Column[]
  inputs: EventTable[]
  aggregates: Aggregates
  /** Functions that may make several rows. */
  setReturning: Set<string>
  /** Outputs that PostgreSQL's own operators do not compare. */
  foreign: Set<string>
  /** The outputs of any select, as the server describes them. */
  describe: (select: string) => Promise<Column[]>
}

interface Aggregate {
  call: Node
  /** Over the columns of the state. */
  final: (types: Map<string, string>) => string
}

interface Merge {
  keys: { name: string; node: Node }[]
  /** Arguments and filters of the aggregates. */
  parts: { name: string; node: Node }[]
  state: StateColumn[]
  aggregates: Aggregate[]
}

/** The model kept by merging what new slices give into its rows; or what stands in the way. */
export async function compileMerge(context: Incremental): Promise<StoredForm | Obstacle> {
  const { model, version, inputs, describe, columns } = context
  const select = markEntities(parseSelect(model.body), inputs)
  const found = await mergeOf(select, context)
  if ('reason' in found) return found

  const name = storeName(model, version)
  const core = asText(select, found)
  const keys = found.keys.map((key) => key.name)
  const described = await describeParts([core, partialSelect(core, found, keys)], describe)
  if ('reason' in described) return described
  const [columnsOfCore, columnsOfState] = described as [Column[], Column[]]
  const rows = columnsOfCore.find(({ type }) => inputs.some((table) => table.name === type))
  if (rows) return { reason: `${rows.name} is a whole row of ${rows.type}`, place: undefined }
  const merge = {
    name,
    core: textOf(replaceTables(coreOf(select, found), inputs, newRows)),
    types: new Map(columnsOfCore.map((column) => [column.name, columnType(column)])),
    keys,
    state: found.state,
  }
  return {
    create: mergeStatements(merge, columnsOfState),
    indexes: [],
    view: viewOf(select, name, found, typesOf(columnsOfState), columns),
    functionName: `${name}_apply`,
    strategy: 'merge',
    strategyReason: 'every output is a group key or made of aggregates that can be merged',
  }
}

const typesOf = (columns: Column[]) => new Map(columns.map(({ name, type }) => [name, type]))

async function mergeOf(select: Select, context: Incremental): Promise<Merge | Obstacle> {
  const { model, aggregates } = context
  const refuse = (reason: string, at: unknown): Obstacle => ({ reason, place: placeOf(at) })
  if (select['op'] && select['op'] !== 'SETOP_NONE') return refuse('it is a set of selects', select)
  for (const clause of ['distinctClause', 'windowClause', 'limitCount', 'limitOffset'] as const) {
    const value = select[clause]
    if (value && (!Array.isArray(value) || value.length > 0)) {
      return refuse('distinct, windows and limits look at all rows', value)
    }
  }
  const source = sourceObstacle(select, new Map(), aggregates)
  if (source) return source

  const targets = targetsOf(select)
  const keys = await groupKeys(select, targets, context)
  if ('reason' in keys) return keys
  const grain = columnsOf(model, 'grain')
  const names = keys.map((key) => key.name)
  if (names.length === 0) return refuse('it does not group', select)
  if (grain.length !== names.length || grain.some((column) => !names.includes(column))) {
    return refuse(
      `its grain is not its group keys, which are ${names.join(', ')}`,
      select['groupClause'],
    )
  }
  const merge = gather(select, targets, keys, aggregates)
  if ('state' in merge && merge.state.length === 0) return refuse('it has no aggregates', select)
  return merge
}

/** The group keys with the names under which they are selected. */
async function groupKeys(
  select: Select,
  targets: Target[],
  { columns, describe }: Incremental,
): Promise<{ name: string; node: Node }[] | Obstacle> {
  const keys: { name: string; node: Node }[] = []
  for (const item of (select['groupClause'] ?? []) as Node[]) {
    if (item['GroupingSet']) return { reason: 'it has grouping sets', place: placeOf(item) }
    const ordinal = (item['A_Const'] as { ival?: { ival?: number } } | undefined)?.ival?.ival
    let index = ordinal === undefined ? -1 : ordinal - 1
    if (index < 0) {
      const column = columnOf(item)
      const alias = column?.length === 1 ? targets.findIndex((one) => one.name === column[0]) : -1
      const isInput = alias >= 0 && (await isInputColumn(select, column![0]!, describe))
      index = alias >= 0 && !isInput ? alias : targets.findIndex((one) => isSame(one.node, item))
    }
    const target = targets[index]
    if (!target) return { reason: 'a group key is not selected', place: placeOf(item) }
    if (!keys.some((key) => isSame(key.node, target.node))) {
      keys.push({ name: columns[index]!.name, node: target.node })
    }
  }
  return keys
}

/** A name in `group by` means a column of the tables before it means an output. */
async function isInputColumn(
  select: Select,
  name: string,
  describe: Incremental['describe'],
): Promise<boolean> {
  const probe = {
    ...only(select, ['withClause', 'fromClause']),
    targetList: [{ ResTarget: { val: expression(quote(name)) } }],
  }
  return describe(textOf(probe)).then(
    () => true,
    () => false,
  )
}

function only(select: Select, clauses: string[]): Select {
  const kept = Object.fromEntries(
    clauses.filter((clause) => select[clause]).map((clause) => [clause, copyOf(select[clause])]),
  )
  return { ...kept, limitOption: 'LIMIT_OPTION_DEFAULT', op: 'SETOP_NONE' }
}

/** The aggregates of outputs and having, and the columns of state that they need. */
function gather(
  select: Select,
  targets: Target[],
  keys: { name: string; node: Node }[],
  known: Aggregates,
): Merge | Obstacle {
  const merge: Merge = { keys, parts: [], state: [], aggregates: [] }
  const sites = [
    ...targets.map(({ name, node }) => ({ base: name ?? 'value', node })),
    ...(select['havingClause'] ? [{ base: 'having', node: select['havingClause'] as Node }] : []),
  ]
  for (const { base, node } of sites) {
    let found: Obstacle | undefined
    replaceNodes(node, (child) => {
      if (keyAt(child, keys)) return child
      const call = child['FuncCall'] as Node | undefined
      if (call?.['over'])
        found ??= { reason: 'a window looks at other rows', place: placeOf(child) }
      if (call && isAggregate(call, known)) {
        found ??= addAggregate(merge, child, child === node ? base : `${base}_part`)
        return child
      }
      if (child['GroupingFunc'])
        found ??= { reason: 'grouping tells grouping sets apart', place: placeOf(child) }
      const isLoose = child['ColumnRef'] !== undefined || child['SubLink'] !== undefined
      if (isLoose) {
        found ??= { reason: 'an output is neither group key nor aggregate', place: placeOf(child) }
      }
      return undefined
    })
    if (found) return found
  }
  return merge
}

/** A constant is no key: it has its type from where it stands. */
const keyAt = (node: Node, keys: Merge['keys']) =>
  node['A_Const'] ? undefined : keys.find((key) => isSame(key.node, node))

function addAggregate(merge: Merge, node: Node, base: string): Obstacle | undefined {
  if (merge.aggregates.some(({ call }) => isSame(call, node))) return undefined
  const call = node['FuncCall'] as Node
  const refuse = (reason: string): Obstacle => ({ reason, place: placeOf(node) })
  const name = calledName(call)
  if (fullName(call) !== `pg_catalog.${name}`)
    return refuse(`it is not known how to merge ${fullName(call)}`)
  const args = (call['args'] ?? []) as Node[]
  if (call['agg_order'] || call['agg_within_group']) return refuse(`${name} depends on order`)
  const isDistinct = Boolean(call['agg_distinct'])
  if (isDistinct && (name !== 'count' || args.length !== 1 || args[0]!['RowExpr'])) {
    return refuse(`${name}(distinct …) can't be merged`)
  }
  if (args.length > 1) return refuse(`${name} of several arguments can't be merged`)
  if (args[0] && isStar(args[0])) return refuse(`${name} of a whole row can't be merged`)

  const part = (value: Node | undefined, suffix: string): string | undefined => {
    if (!value) return undefined
    const existing = merge.parts.find((one) => isSame(one.node, value))
    if (existing) return existing.name
    merge.parts.push({ name: unique(merge, `${base}_${suffix}`), node: value })
    return merge.parts.at(-1)!.name
  }
  const given = call['agg_filter'] as Node | undefined
  // the server computes no argument where the filter forbids it, and core has all columns for all rows
  const isGuarded = given && args[0] && !columnOf(args[0]) && !args[0]['A_Const']
  const value = part(isGuarded ? caseWhen(given, args[0]!) : args[0], 'value')
  const filter = isGuarded ? undefined : part(given, 'filter')
  const where = filter ? ` filter (where ${quote(filter)})` : ''
  const add = (column: string, partial: string, how: StateColumn['merge']): string => {
    const free = unique(merge, column)
    merge.state.push({ name: free, partial: `${partial}${where}`, merge: how, call: node })
    return free
  }
  const simple = {
    sum: 'sum',
    min: 'min',
    max: 'max',
    bool_and: 'and',
    every: 'and',
    bool_or: 'or',
  } as const
  const argument = value === undefined ? '*' : quote(value)

  if (name === 'count') {
    const column = add(base, isDistinct ? '0::bigint' : `count(${argument})`, 'sum')
    if (isDistinct) {
      const state = merge.state.at(-1)!
      state.partial = '0::bigint'
      state.distinct = { value: value!, filter }
    }
    // never null, as count is not
    merge.aggregates.push({ call: node, final: () => quote(column) })
  } else if (name in simple) {
    const column = add(base, `${name}(${argument})`, simple[name as keyof typeof simple])
    merge.aggregates.push({ call: node, final: () => quote(column) })
  } else if (name === 'avg') {
    const total = add(`${base}_sum`, `sum(${argument})`, 'sum')
    const count = add(`${base}_count`, `count(${argument})`, 'sum')
    const isInterval = (types: Map<string, string>) => types.get(total) === 'interval'
    merge.aggregates.push({
      call: node,
      final: (types) =>
        `(${quote(total)}${isInterval(types) ? '' : '::numeric'} / nullif(${quote(count)}, 0))`,
    })
  } else return refuse(`${name} can't be merged`)
  return undefined
}

/** A value where a condition holds, else null, which no aggregate that is merged counts. */
const caseWhen = (condition: Node, value: Node): Node => ({
  CaseExpr: {
    args: [{ CaseWhen: { expr: condition, result: value } }],
  },
})

function unique({ keys, parts, state }: Merge, wanted: string): string {
  const taken = new Set([...keys, ...parts, ...state].map((one) => one.name))
  for (let n = 1; ; n += 1) {
    const suffix = n === 1 ? '' : `_${n}`
    const name = `${cut(wanted, longestName - suffix.length)}${suffix}`
    if (!taken.has(name)) return name
  }
}

const longestName = 63

/** As the server cuts names: by bytes, but between characters. */
function cut(name: string, bytes: number): string {
  let short = name
  while (Buffer.byteLength(short) > bytes) short = [...short].slice(0, -1).join('')
  return short
}

/** The rows that are aggregated: keys, arguments and filters. */
function coreOf(select: Select, { keys, parts }: Merge): Select {
  return {
    ...only(select, ['withClause', 'fromClause', 'whereClause']),
    targetList: [...keys, ...parts].map(({ name, node }) => ({
      ResTarget: { name, val: copyOf(node) },
    })),
  }
}

const asText = (select: Select, merge: Merge) => textOf(coreOf(select, merge))

function partialSelect(core: string, { state }: Merge, keys: string[]): string {
  const partials = state.map(({ name, partial }) => `${partial} as ${quote(name)}`)
  return `select ${[columnList(keys), ...partials].join(', ')}\nfrom (${core}) as core\ngroup by ${columnList(keys)}`
}

/** Outputs and having over the state, with the types that the model's select has. */
function viewOf(
  select: Select,
  name: string,
  { keys, aggregates }: Merge,
  types: Map<string, string>,
  columns: Column[],
): string {
  const over = (node: Node): Node =>
    replaceNodes(copyOf(node), (child) => {
      const key = keyAt(child, keys)
      if (key) return expression(quote(key.name))
      const aggregate = aggregates.find(({ call }) => isSame(call, child))
      return aggregate && expression(aggregate.final(types))
    })
  const outputs = targetsOf(select).map(
    ({ node }, index) =>
      `(${expressionText(over(node))})::${columns[index]!.type} as ${quote(columns[index]!.name)}`,
  )
  const having = select['havingClause'] as Node | undefined
  const where = having ? `\nwhere ${expressionText(over(having))}` : ''
  return `select\n  ${outputs.join(',\n  ')}\nfrom store.${quote(name)}${where}`
}
