/** What an error says, of all its parts: Node hides the reasons of a host with two addresses in an AggregateError. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map(reasonOf))].join(', ')
  }
  return error instanceof Error ? error.message : String(error)
}
