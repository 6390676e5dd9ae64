import type { Problem } from './problem.ts'

/** Parses JSON; what is wrong with it comes back as a problem. */
export function readJson(text: string): { value: unknown; problems: Problem[] } {
  try {
    return { value: JSON.parse(text) as unknown, problems: [] }
  } catch (error) {
    const problem = {
      rule: 'json',
      where: 'file',
      what: 'The file is not JSON.',
      found: error instanceof Error ? error.message : String(error),
      expected: 'valid JSON',
      mend: 'Correct it at that place.',
    }
    return { value: undefined, problems: [problem] }
  }
}
