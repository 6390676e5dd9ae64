/** The beginning of the minute, hour or day (UTC) of a time since 1970, all in milliseconds. */
export function startOf(length: number, at: number): number {
  return at - (at % length)
}

export function isoTime(at: number): string {
  return new Date(at).toISOString()
}
