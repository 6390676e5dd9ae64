import { setTimeout as wait } from 'node:timers/promises'

/**
 * Asks again and again until the answer is neither false, null nor undefined, and returns it.
 * Throws an error with `what` when that takes longer than `timeoutMs` (default 90 s).
 */
export async function until<Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
  { timeoutMs = 90_000, everyMs = 20 } = {},
): Promise<Exclude<Answer, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== null && answer !== undefined) {
      return answer as Exclude<Answer, false | null | undefined>
    }
    if (performance.now() > deadline)
      throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`)
    await wait(everyMs)
  }
}
