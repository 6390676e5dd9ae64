import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { UserError } from '../cli/userError.ts'
import { parseHeader } from './header.ts'
import { isRelation, type Model } from './model.ts'
import type { Problem } from './problems.ts'
import { loadParser, parseStructure, type Structure } from './structure.ts'

/**
 * Reads every model file below the folders of views. Where a file is says what it is:
 * `<domain>/sources.sql`, `<domain>/<silver|gold>/<object>.sql`, and, in the first folder (the package's),
 * `ops/<object>.sql`. A folder may also be that of one domain.
 * Mistakes are added to `problems`, all of them; what could be read is returned.
 */
export async function readViews(folders: string[], problems: Problem[]): Promise<Model[]> {
  await loadParser()
  const models: Model[] = []
  for (const folder of folders) {
    if (!existsSync(folder) || !statSync(folder).isDirectory()) {
      throw new UserError(
        `The folder of views ${folder} does not exist. SLUICE_VIEWS names one or more folders with ":" between them.`,
      )
    }
    // views/ops itself may be given: then its files are the engine's
    const isEngine = folder === folders[0] && basename(folder) === 'ops'
    const paths = sqlFiles(folder)
    const root = isEngine || isDomain(folder, paths) ? dirname(folder) : folder
    for (const path of paths) {
      const model = readModel(root, path, folder === folders[0], problems)
      if (model) models.push(model)
    }
  }
  reportTwins(models, problems)
  return models
}

/** Whether models stand in the folder as they do in that of a domain. */
function isDomain(folder: string, paths: string[]): boolean {
  const places = paths.map((path) => relative(folder, path).split(sep))
  return places.some(
    (parts) => parts.join('/') === 'sources.sql' || (parts.length === 2 && isLayer(parts[0])),
  )
}

function sqlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function readModel(
  folder: string,
  path: string,
  isPackage: boolean,
  problems: Problem[],
): Model | undefined {
  // some editors begin a file with a mark of its encoding
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  const shown = relative(process.cwd(), path).startsWith('..')
    ? path
    : relative(process.cwd(), path)
  const report = (offset: number, message: string, hint?: string) =>
    problems.push({ path: shown, text, offset, message, hint })

  const place = placeOf(relative(folder, path).split(sep))
  if (!place && !isName(basename(path, '.sql'))) {
    const mend = 'Lower-case letters, digits and _ make a name: gold/hourly_sales.sql.'
    report(0, `"${basename(path, '.sql')}" is no name for a model`, mend)
    return undefined
  }
  if (!place) {
    const expected =
      '<domain>/sources.sql, <domain>/silver/<object>.sql or <domain>/gold/<object>.sql'
    report(0, 'This place has no meaning for a model', `Move it to ${expected}.`)
    return undefined
  }
  if (place.schema === 'ops' && !isPackage) {
    report(0, "Schema ops is the engine's own", 'Make it a model of silver or gold.')
    return undefined
  }
  const found = problems.length
  const header = parseHeader(shown, text, place.isSources, problems)
  const rest = text.slice(header.bodyOffset)
  const body = rest.trimEnd().replace(/;$/, '')
  const structure = parseStructure(
    { path: shown, text, body, bodyOffset: header.bodyOffset },
    problems,
  )
  const name = `${place.schema}.${place.object}`
  const fail = () => {
    for (const problem of problems.slice(found)) problem.model = name
    return undefined
  }
  if (!structure || !header.kind || problems.length > found) return fail()

  const model: Model = {
    name,
    schema: place.schema,
    object: place.object,
    kind: header.kind,
    path: shown,
    description: header.description,
    header: header.lines,
    text,
    checksum: createHash('sha256').update(text).digest('hex'),
    body: isRelation(header.kind) ? selectOf(body, structure) : body,
    bodyOffset: header.bodyOffset,
    structure,
  }
  checkStatements(model, report)
  return problems.length > found ? fail() : model
}

/** A body without what follows its select: a semicolon, and comments behind it. */
function selectOf(body: string, { statements }: Structure): string {
  const only = statements.length === 1 ? statements[0] : undefined
  return only ? body.slice(0, only.offset + only.text.length) : body
}

interface Place {
  schema: string
  object: string
  isSources: boolean
}

function placeOf(parts: string[]): Place | undefined {
  const object = basename(parts.at(-1)!, '.sql')
  if (!isName(object)) return undefined
  const [domain, layer] = parts
  if (parts.length === 2 && domain === 'ops') return { schema: 'ops', object, isSources: false }
  if (parts.length === 2 && object === 'sources')
    return { schema: domain!, object, isSources: true }
  if (parts.length === 3 && isLayer(layer)) return { schema: layer, object, isSources: false }
  return undefined
}

const isName = (object: string) => /^[a-z_][a-z0-9_]*$/.test(object)
const isLayer = (name: string | undefined) => name === 'silver' || name === 'gold'

const routineStatements = ['CreateFunctionStmt', 'CommentStmt', 'GrantStmt']

function checkStatements(
  model: Model,
  report: (offset: number, message: string, hint?: string) => void,
): void {
  const { statements, relations, creates } = model.structure
  const at = (offset: number) => model.bodyOffset + offset
  if (isRelation(model.kind)) {
    if (statements.length !== 1 || statements[0]!.type !== 'SelectStmt') {
      report(
        at(statements[1]?.offset ?? statements[0]?.offset ?? 0),
        `A model of kind ${model.kind} is one select`,
      )
    }
    // the server's catalogue is found without a schema
    for (const { name, offset } of relations.filter(
      (r) => !r.schema && !r.name.startsWith('pg_'),
    )) {
      report(at(offset), `"${name}" has no schema`, 'Write bronze., silver. or gold. before it.')
    }
  }
  if (model.kind === 'routine') {
    for (const { type, offset } of statements.filter((s) => !routineStatements.includes(s.type))) {
      report(
        at(offset),
        `A routine file has no ${type}`,
        'Only create function or procedure, comment and grant.',
      )
    }
    const stranger = creates.find(({ schema }) => schema !== model.schema)
    if (stranger) report(at(0), `"${stranger.name}" is made in another schema than ${model.schema}`)
    if (creates.length === 0) report(at(0), 'This routine file creates no function')
  }
}

function reportTwins(models: Model[], problems: Problem[]): void {
  const first = new Map<string, Model>()
  for (const model of models) {
    const twin = first.get(model.name)
    if (twin) {
      const message = `${model.name} is made by ${twin.path} already`
      problems.push({ path: model.path, text: model.text, offset: 0, message })
    } else first.set(model.name, model)
  }
}
