/**
 * How much memory `sluice ingest` has resident at most while it stores values of 20 MB, the largest that are promised to
 * pass, 4 partitions full of them; against small events. `npx tsx bench/largeMessages.ts [messages]`
 */
import { randomBytes } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { withServers } from './benchServers.ts'
import { runIngesters } from './ingesters.ts'
import { fillTopic, partitionCount, shopEvent, type Event } from './shopEvents.ts'

const count = Number(process.argv[2] ?? 40)
const bytes = 20_000_000
/** Text that does not get smaller when PostgreSQL compresses it. */
const text = randomBytes((bytes / 4) * 3).toString('base64')
const largeEvent = (n: number): Event => ({
  key: String(n),
  value: `{"n": ${n}, "text": "${text}"}`,
})

await withServers({ kafka: true }, async ({ client, brokers, url }) => {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  const owner = await client('sluice_owner')
  const peakOf = async (topic: string, events: number, event: (n: number) => Event) => {
    await fillTopic(kafka, topic, events, event, 1)
    const { peakMegabytes } = await runIngesters({
      url: url('sluice_ingest'),
      brokers,
      groupId: topic,
      count: 1,
      events,
      begin: () => owner.query('select ops.add_source($1)', [topic]),
    })
    await owner.query('select ops.drop_source($1, true)', [topic])
    return peakMegabytes
  }
  const small = await peakOf('small', 100 * partitionCount, shopEvent)
  const large = await peakOf('large', count, largeEvent)
  console.log(
    `${count} values of ${bytes / 1e6} MB: at most ${Math.round(large)} MB resident; ` +
      `${Math.round(small)} MB with small ones, ratio ${(large / small).toFixed(2)}`,
  )
})
