import { kinds, type HeaderLine, type Kind } from './model.ts'
import type { Problem } from './problems.ts'

interface KindRules {
  required: string[]
  optional: string[]
}

/** Header keys by kind; all take `private`. The table of docs/models.md. */
const rules: Record<Kind, KindRules> = {
  event: { required: ['time'], optional: ['key', 'unique', 'retain', 'private'] },
  entity: { required: ['key'], optional: ['version', 'delete', 'private'] },
  incremental: { required: ['grain'], optional: ['scope', 'reach', 'entities', 'private'] },
  materialized: { required: ['grain', 'every'], optional: ['private'] },
  view: { required: [], optional: ['private'] },
  routine: { required: [], optional: ['reads'] },
  sources: { required: [], optional: [] },
}

const everyKey = [...new Set(Object.values(rules).flatMap((r) => [...r.required, ...r.optional]))]

export interface Header {
  description: string
  kind: Kind | undefined
  lines: Record<string, HeaderLine>
  bodyOffset: number
}

/**
 * Reads the comment lines on top of a file: first the description, from `-- kind:` on the keys.
 * A sources file has a description only.
 */
export function parseHeader(
  path: string,
  text: string,
  isSources: boolean,
  problems: Problem[],
): Header {
  const report = (offset: number, message: string, hint?: string) =>
    problems.push({ path, text, offset, message, hint })
  const header: Header = { description: '', kind: undefined, lines: {}, bodyOffset: 0 }
  const description: string[] = []

  for (const line of text.split('\n')) {
    const offset = header.bodyOffset
    if (!line.startsWith('--')) break
    header.bodyOffset += line.length + 1
    const match = /^--\s*([a-z_]+):\s*(.*?)\s*$/.exec(line)
    if (!match || (header.kind === undefined && match[1] !== 'kind')) {
      if (header.kind !== undefined) {
        report(
          offset,
          `"${line}" is not a header line`,
          'Below -- kind: every line is -- key: value.',
        )
      }
      description.push(line.replace(/^--\s?/, ''))
      continue
    }
    const [key, value] = [match[1]!, match[2]!]
    const valueOffset = offset + line.indexOf(value, line.indexOf(':'))
    if (header.lines[key]) report(offset, `Header key "${key}" is given twice`)
    header.lines[key] = { value, offset: valueOffset }
    if (key === 'kind') header.kind = kindOf(value, valueOffset, report)
  }

  header.description = description.join('\n').trim()
  if (isSources) header.kind = 'sources'
  else if (!header.lines['kind']) {
    const late = /^-- *kind:/m.exec(text)
    if (late) {
      report(late.index, 'The header ended above', 'It is the comment lines on top, none left out.')
    } else {
      const known = kinds.slice(0, -1).join(' | ')
      report(0, 'The header has no kind', `Add one line: -- kind: ${known}`)
    }
  }
  if (!header.description) {
    report(0, 'The file does not say what it makes', 'Begin with a comment; it becomes comment on.')
  }
  if (header.kind) checkKeys(header.kind, header.lines, report)
  return header
}

type Report = (offset: number, message: string, hint?: string) => void

function kindOf(value: string, offset: number, report: Report): Kind | undefined {
  const kind = kinds.find((known) => known === value && known !== 'sources')
  if (!kind)
    report(offset, `Kind "${value}" is unknown`, `Known: ${kinds.slice(0, -1).join(', ')}.`)
  return kind
}

function checkKeys(kind: Kind, lines: Record<string, HeaderLine>, report: Report): void {
  const { required, optional } = rules[kind]
  const allowed = ['kind', ...required, ...optional]
  for (const [key, line] of Object.entries(lines)) {
    if (!allowed.includes(key)) {
      const known = everyKey.includes(key)
        ? `A model of kind ${kind} takes no "${key}"`
        : `Header key "${key}" is unknown`
      report(line.offset, known, `Kind ${kind} takes: ${allowed.slice(1).join(', ')}.`)
    } else if (line.value === '') report(line.offset, `Header key "${key}" is empty`)
  }
  for (const key of required.filter((wanted) => !lines[wanted])) {
    report(lines['kind']?.offset ?? 0, `Kind ${kind} needs "${key}"`, `Add a line: -- ${key}: …`)
  }
}
