import type { RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

/** Served on any free port, which the log tells. */
export const onAnyPort = { SLUICE_HTTP_PORT: '0' }

export interface Answer {
  status: number
  text: string
}

/** Asks one of the endpoints of a process. */
export async function ask(
  running: RunningSluice,
  path: string,
  init?: RequestInit,
): Promise<Answer> {
  const url = await until('the endpoints are open', () => {
    if (!running.isRunning()) throw new Error(`It has ended:\n${running.stderr()}`)
    return /"url":"([^"]+)"/.exec(running.stderr())?.[1]
  })
  const response = await fetch(url + path, init)
  return { status: response.status, text: await response.text() }
}

/** Waits until it says that it is ready. */
export const ready = (running: RunningSluice): Promise<unknown> =>
  until('it is ready', async () => (await ask(running, '/readyz')).status === 200)

/** Waits until it says that it is not, and why. Returns all that it says then. */
export const notReady = (running: RunningSluice, reason: RegExp): Promise<string> =>
  until(`it is not ready: ${reason.source}`, async () => {
    const { status, text } = await ask(running, '/readyz')
    return status === 503 && reason.test(text) && text
  })

/** The samples of a process by name and labels, as Prometheus reads them. */
export async function metricsOf(running: RunningSluice): Promise<Record<string, number>> {
  const { text } = await ask(running, '/metrics')
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    samples.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}
