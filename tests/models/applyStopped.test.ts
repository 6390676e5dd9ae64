import { join } from 'node:path'
import { expect, test } from 'vitest'
import type pg from 'pg'
import { projectFolder } from '../../cli/projectFolder.ts'
import { applyModels } from '../../models/apply.ts'
import { until } from '../support/until.ts'
import { groupedProject } from '../ticks/groups.ts'
import { storeEvents } from './bronzeRows.ts'

test('an apply whose process is stopped while ticks wait for it is given up', async () => {
  const project = await groupedProject()
  const client = await project.database.client()
  let resume = () => {}
  const stopped = new Promise<void>((resolve) => (resume = resolve))
  let hasLocked = false
  const stopping = Object.create(client, {
    query: {
      value: async (text: string, values?: unknown[]) => {
        const result = await client.query(text, values)
        if (text.includes(`hashtext('sluice ticks')`)) {
          hasLocked = true
          await stopped
        }
        return result
      },
    },
  }) as pg.Client
  const options = { planOnly: false, prune: false, opsOnly: false }
  const folders = [join(projectFolder, 'views/ops'), project.folder]
  const applying = applyModels(stopping, { ...options, folders })
  const ended = expect(applying).rejects.toThrow(/connection|idle-in-transaction/i)
  await until('it keeps ticks out', () => Promise.resolve(hasLocked))
  await storeEvents(project.owner, 'b', [{ payload: { id: 'x' } }])
  const ticker = await project.database.client()
  expect((await ticker.query<{ n: string }>('select ops.tick() as n')).rows).toEqual([{ n: '1' }])
  resume()
  await ended
})
