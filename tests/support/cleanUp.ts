const steps: (() => unknown)[] = []

/** Has something done when the test file ends, the last thing first. May be called from a test or a hook. */
export function atEnd(step: () => unknown): void {
  steps.push(step)
}

/** Does them all, even when one fails; then throws what failed. */
export async function cleanUp(): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps.splice(0).reverse()) {
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, 'Cleaning up failed.')
}
