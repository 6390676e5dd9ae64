import { isAbsolute, relative } from 'node:path'

/** A path as a person wants to read it: short when it is below the current folder. */
export function shownPath(path: string): string {
  if (!isAbsolute(path)) return path
  const short = relative(process.cwd(), path)
  return short === '' ? '.' : short.startsWith('..') ? path : short
}
