// Events in any order and any batches: what is kept current is what the whole gives.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { projectFolder } from '../../../cli/projectFolder.ts'
import { storeEvents, tick } from '../../models/bronzeRows.ts'
import { differences } from '../../models/exact.ts'
import { newProject } from '../../models/project.ts'
import { uuid } from '../support.ts'

let owner: pg.Client
beforeAll(async () => {
  const project = await newProject()
  owner = project.owner
  // no other domain, so that a tick is short
  for (const domain of ['shared', 'clickstream'])
    cpSync(join(projectFolder, 'views', domain), join(project.folder, domain), { recursive: true })
  await project.apply()
})

const start = Date.parse('2026-03-01T00:00:00Z')
/** Pauses of users lie around half an hour, so that each event may join sessions, or not. */
const event = fc.record({
  user: fc.nat(2),
  session: fc.nat(3),
  type: fc.constantFrom('page_view', 'click', 'search'),
  minutes: fc.nat(400),
})
const batches = fc.array(fc.array(event, { minLength: 1, maxLength: 12 }), {
  minLength: 2,
  maxLength: 8,
})

test('sessions and searches are exact, whatever comes when', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (stored) => {
      await owner.query('begin')
      try {
        let events = 0
        for (const batch of stored) {
          const payloads = batch.map(({ user, session, type, minutes }) => ({
            payload: {
              event_id: uuid((events += 1)),
              user_id: `u${user}`,
              session_id: uuid(session),
              event_type: type,
              page_url: '/',
              search_query: 'lamp',
              event_time: new Date(start + minutes * 60_000).toISOString(),
            },
          }))
          await storeEvents(owner, 'clickstream', payloads)
          await tick(owner)
        }
        for (const model of ['silver.sessions', 'gold.session_searches'])
          expect(await differences(owner, model)).toEqual([])
      } finally {
        await owner.query('rollback')
      }
    }),
    { numRuns: 12 },
  )
})
