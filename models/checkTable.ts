import {
  isSame,
  isStar,
  parseSelect,
  placeOf,
  targetsOf,
  textOf,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'
import { branchesOf, clockWords } from './bronzeInputs.ts'
import type { EventTable } from './eventTables.ts'
import { restlessCalls, type FunctionFacts } from './functionFacts.ts'
import { linearObstacle } from './linear.ts'
import { columnsOf, type Kind, type Model } from './model.ts'
import type { Problem } from './problems.ts'
import { nameProblem, type Column } from './storeNames.ts'
import { readsTimes, timeCastOf, type TimeTypes } from './timeTypes.ts'

/** Reports a problem at a place of the body, given in bytes as the parser does. */
export type ReportAt = (place: number | undefined, message: string, hint?: string) => void

export function reporter(model: Model, problems: Problem[]): ReportAt {
  const { path, text, body, bodyOffset, name } = model
  return (place, message, hint) => {
    const before = place === undefined ? 0 : Buffer.from(body).subarray(0, place).toString().length
    problems.push({ path, text, offset: bodyOffset + before, message, hint, model: name })
  }
}

/** What a model must be to be kept in a table, of whatever kind: a name, columns and calls that allow it. */
export function checkTable(
  model: Model,
  select: Select,
  columns: Column[],
  facts: FunctionFacts,
  report: ReportAt,
): void {
  const long = nameProblem(model)
  if (long) report(undefined, long)
  const unknown = constructorsOf(select)
  for (const { node, written } of unknown) {
    report(placeOf(node), 'The compiler does not know this constructor', `Write it as ${written}.`)
  }
  if (unknown.length === 0 && !isWritable(select)) {
    report(
      undefined,
      'This select can be read but not written: its functions can’t be compiled',
      'Write it more simply, and tell us.',
    )
  }
  if (model.body.includes('$sluice$')) {
    report(undefined, 'The text $sluice$ ends the functions that are made of a model')
  }
  visitNodes(select, (type, _, node) => {
    if (type === 'ParamRef') report(placeOf(node), 'A model has no parameters')
    if (/^(Insert|Update|Delete|Merge)Stmt$/.test(type)) {
      report(placeOf(node), 'A model changes nothing: it is a select')
    }
    if (type === 'LockingClause')
      report(placeOf(node) ?? undefined, 'A model locks no rows', 'Leave "for update" out.')
  })
  const reserved = columns.find(({ name }) => name === 'slice_no' || name.startsWith('sluice_'))
  if (reserved) {
    report(
      undefined,
      `A column can't be called "${reserved.name}"`,
      'Tables of Sluice have one of that name.',
    )
  }
  for (const { name, node } of restlessCalls(select, facts)) {
    report(
      placeOf(node),
      `${name} gives something else each time: a model of kind ${model.kind} can't call it`,
      'Call it in a view above. A function of your own that depends on its arguments alone: declare it immutable.',
    )
  }
}

/** What the parser does not give as calls of functions, and the functions to call instead. */
const constructors: Record<string, string> = {
  JsonArrayAgg: 'jsonb_agg(… order by …)',
  JsonObjectAgg: 'jsonb_object_agg(… order by …)',
  JsonFuncExpr: 'jsonb_path_query_first(…), jsonb_path_query_array(…) or jsonb_path_exists(…)',
  JsonTable: 'jsonb_path_query(…) or jsonb_to_recordset(…)',
}

function constructorsOf(select: Select): { node: Node; written: string }[] {
  const found: { node: Node; written: string }[] = []
  visitNodes(select, (type, _, node) => {
    const written = constructors[type]
    if (written) found.push({ node, written })
  })
  return found
}

/** Whether what would be compiled means what was read. */
export function isWritable(select: Select): boolean {
  try {
    return isSame(parseSelect(textOf(select)), select)
  } catch {
    return false
  }
}

/** A text constant, and whether the server takes it for a time. */
export function clockConstants(select: Select): Node[] {
  const found: Node[] = []
  const words = new RegExp(`\\b(${clockWords})\\b`, 'i')
  visitNodes(select, (type, fields, node) => {
    const text = (fields['sval'] as { sval?: string } | undefined)?.sval
    if (type === 'A_Const' && text !== undefined && words.test(text)) found.push(node)
  })
  return found
}

/** An event or entity model parses one bronze table per branch, row by row. */
export function checkParsing(
  model: Model,
  select: Select,
  columns: Column[],
  { facts, times }: { facts: FunctionFacts; times: TimeTypes },
  report: ReportAt,
): void {
  for (const { schema, name, offset } of model.structure.relations) {
    if (schema !== 'bronze' && schema !== '') {
      report(
        Buffer.from(model.body.slice(0, offset)).length,
        `A model of kind ${model.kind} reads bronze tables only, not ${schema}.${name}`,
        'Join it in a view or an incremental model above.',
      )
    }
  }
  const obstacle = linearObstacle(select, new Map(), facts.aggregates)
  if (obstacle) {
    report(
      obstacle.place,
      `A model of kind ${model.kind} parses each event for itself: ${obstacle.reason}`,
      'Do that in an incremental model or a view above.',
    )
  }
  for (const branch of branchesOf(select)) {
    const star = targetsOf(branch).find(({ node }) => isStar(node))
    if (star) {
      report(
        placeOf(star.node),
        'The columns of an event are named',
        'Take keys of payload, kafka_at and the like, each under a name of its own.',
      )
    }
  }
  for (const node of hiddenTimeCasts(select, times)) {
    report(
      placeOf(node),
      'A text becomes a time here, where Sluice does not see whether it is a word for the clock',
      'Take it as text, and cast it in the list of outputs: (…)::timestamptz.',
    )
  }
  if (model.kind !== 'event') return
  const [time] = columnsOf(model, 'time')
  const type = columns.find((column) => column.name === time)?.type
  if (type && type !== 'timestamp with time zone') {
    report(
      placeOf(branchesOf(select)[0]!['targetList']),
      `The time of an event is a timestamptz; "${time}" is ${type}`,
      'Cast it: (…)::timestamptz.',
    )
  }
}

/** Texts that become times where `clockGuard` can't look: inside of `from`, of subqueries, of records. */
function hiddenTimeCasts(select: Select, times: TimeTypes): Node[] {
  const found: Node[] = []
  const look = (tree: unknown, isInside: boolean) =>
    visitNodes(tree, (type, fields, node) => {
      if (type === 'SubLink' && !isInside) {
        look(node, true)
        return false
      }
      const cast = timeCastOf(node, times)
      const isHidden = cast && !cast.arg['A_Const'] && (isInside || cast.to === 'record')
      if (isHidden || readsTimes(type, fields, times)) found.push(node)
      return undefined
    })
  for (const branch of branchesOf(select)) {
    look(branch['fromClause'], true)
    look([branch['targetList'], branch['whereClause']], false)
  }
  return found
}

/** Parts are of what is computed anew; elsewhere a line about them would say nothing. */
export function checkParts(model: Model, strategy: string | null, problems: Problem[]): void {
  const { path, text, header, name } = model
  if (strategy === 'regroup') return
  for (const key of ['scope', 'reach']) {
    if (!header[key]) continue
    problems.push({
      path,
      text,
      offset: header[key].offset,
      message: `This model is kept by ${strategy}, which has no parts: "${key}" does nothing`,
      hint: 'Leave the line out: it costs no more than its new rows as it is.',
      model: name,
    })
  }
}

const advice: Partial<Record<Kind, string>> = {
  entity:
    'Join entities in a view above, so that a change of theirs shows at once. Or, to keep what they were: -- entities: as of arrival.',
  incremental: 'What builds on gold is a view or a materialized view.',
  materialized: 'What builds on gold is a view or a materialized view.',
  view: 'Make the view an event model, or this one a view.',
}

/** An entity that is inner joined would lose the events that come before it. */
export function checkEntityJoins(model: Model, select: Select, report: ReportAt): void {
  if (!model.header['entities']) return
  const joined = new Set<unknown>()
  visitNodes(select, (type, join) => {
    const right = join['rarg'] as Node | undefined
    if (type === 'JoinExpr' && join['jointype'] === 'JOIN_LEFT' && right?.['RangeVar'])
      joined.add(right['RangeVar'])
  })
  visitNodes(select, (type, range, node) => {
    if (type === 'RangeVar' && range['sluice_entity'] && !joined.has(range)) {
      report(placeOf(node), 'An entity as of arrival is left joined', 'Write: left join … on … .')
    }
  })
}

/** An incremental model reads event tables, since only those say what is new. */
export function checkInputs(
  model: Model,
  tables: Map<string, EventTable>,
  kindOf: (name: string) => Kind | undefined,
  report: ReportAt,
): void {
  const { relations } = model.structure
  for (const { schema, name, offset } of relations) {
    // without a schema only PostgreSQL's own are found
    const full = `${schema || 'pg_catalog'}.${name}`
    if (tables.has(full)) continue
    const kind = kindOf(full)
    if (kind === 'entity' && model.header['entities']) continue
    const what = schema === 'bronze' ? 'a bronze table' : kind ? `of kind ${kind}` : 'no model'
    const mend =
      schema === 'bronze'
        ? 'Parse it in an event model, and read that.'
        : ((kind && advice[kind]) ?? 'Make this model a view or a materialized view.')
    report(
      Buffer.from(model.body.slice(0, offset)).length,
      `An incremental model reads event models; ${full} is ${what}`,
      mend,
    )
  }
}
