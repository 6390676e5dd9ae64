import { columnsOf, type Model } from './model.ts'
import type { Problem } from './problems.ts'

const columnKeys = ['key', 'time', 'grain', 'version', 'private', 'scope']

/** Checks what needs the server's word: the columns that the header names, and those of the select. */
export function checkColumns(model: Model, columns: string[], problems: Problem[]): void {
  const { path, text, bodyOffset } = model
  const report = (offset: number, message: string, hint?: string) =>
    problems.push({ path, text, offset, message, hint })

  const list = `The select makes: ${columns.join(', ')}.`
  for (const key of columnKeys) {
    const named = columnsOf(model, key)
    for (const [index, column] of named.entries()) {
      if (named.indexOf(column) < index) {
        report(model.header[key]!.offset, `"${column}" is named twice as ${key}`)
      }
      if (!columns.includes(column)) {
        report(
          model.header[key]!.offset,
          `The select makes no column "${column}", named as ${key}`,
          list,
        )
      }
    }
  }
  const unnamed = columns.indexOf('?column?')
  if (unnamed >= 0)
    report(bodyOffset, `Output column ${unnamed + 1} has no name`, 'Give it one: … as name')
  const twin = columns.find((column, index) => columns.indexOf(column) !== index)
  if (twin) report(bodyOffset, `Two output columns are named "${twin}"`)
}

/** Checks that need the file alone. */
export function checkShape(model: Model, problems: Problem[]): void {
  const { path, text, bodyOffset, structure, kind } = model
  const report = (offset: number, message: string, hint?: string) =>
    problems.push({ path, text, offset, message, hint, model: model.name })

  if (kind === 'event' || kind === 'entity') {
    for (const branch of structure.branches.filter((candidate) => !candidate.bronze)) {
      report(
        bodyOffset + branch.targetOffset,
        `A model of kind ${kind} reads a bronze table in the from of its select`,
        'Parse in the select itself, not in a subquery; what joins or aggregates is a model above it.',
      )
    }
  }
  const every = model.header['every']
  if (every && !/^[1-9]\d{0,5} (second|minute|hour|day)s?$/.test(every.value)) {
    report(
      every.offset,
      `"${every.value}" is no interval`,
      'For example: 10 seconds, 5 minutes, 1 hour.',
    )
  }
  const entities = model.header['entities']
  if (entities && entities.value !== 'as of arrival') {
    report(entities.offset, `entities: ${entities.value} is unknown`, 'Known: as of arrival.')
  }
  const unique = model.header['unique']
  if (unique && unique.value !== 'ever') {
    report(unique.offset, `unique: ${unique.value} is unknown`, 'Known: ever.')
  }
  if (unique && !model.header['key']) {
    report(unique.offset, 'unique: ever needs a key', 'Add a line: -- key: …')
  }
  const retain = model.header['retain']
  if (retain && !/^[1-9]\d{0,4} days?$/.test(retain.value)) {
    report(retain.offset, `"${retain.value}" is no number of days`, 'For example: 30 days.')
  }
  const reach = model.header['reach']
  if (reach && !/^[1-9]\d{0,5} (second|minute|hour|day)s?$/.test(reach.value)) {
    report(reach.offset, `"${reach.value}" is no interval`, 'For example: 30 minutes.')
  }
  const deletes = model.header['delete']
  if (deletes && deletes.value !== 'tombstone') {
    report(deletes.offset, `delete: ${deletes.value} is unknown`, 'Known: tombstone.')
  }
  if (deletes && columnsOf(model, 'key').length !== 1) {
    report(
      deletes.offset,
      'delete: tombstone needs a key of one column',
      'It is compared with the Kafka key.',
    )
  }
}
