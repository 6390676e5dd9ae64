/** A rule of the contracts taken away: the named tests must fail without it. */
export interface Mutant {
  /** The rule, as a sentence. */
  rule: string
  file: string
  /** Stands in the file once, and is replaced. */
  find: string
  replace: string
  /** The test file that must fail, and, when not all of it, the title of a test in it. */
  test: string
  title?: string
}
