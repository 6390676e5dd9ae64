import { parseDocument } from 'yaml'
import type { Problem } from './problem.ts'

/** Parses YAML; what is wrong with it comes back as problems, with line and column. */
export function readYaml(text: string): { value: unknown; problems: Problem[] } {
  const document = parseDocument(text)
  const problems = document.errors.map((error) => ({
    rule: 'yaml',
    where: `line ${error.linePos?.[0].line ?? '?'}, column ${error.linePos?.[0].col ?? '?'}`,
    what: 'The file is not YAML.',
    found: error.message.split('\n')[0] ?? error.code,
    expected: 'valid YAML',
    mend: 'Correct this line.',
  }))
  return { value: problems.length > 0 ? undefined : (document.toJS() as unknown), problems }
}
