import type pg from 'pg'
import { domainOf } from './domains.ts'

/** How ingest is doing, every figure of it from ops by SQL. */
export interface Figures {
  eventsPerSecond: number
  stored: number
  deadLetters: number
  lag: number
  secondsSinceEvent: number | null
  domains: DomainFigures[]
  problems: { severity: string; subject: string; message: string; mend: string }[]
}

export interface DomainFigures {
  /** Topics of the user's own are one domain. */
  domain: string
  topics: number
  eventsPerSecond: number
  stored: number
  deadLetters: number
  lag: number
}

interface TopicRow {
  topic: string
  stored_rows: string
  dead_letters: string
  age: string | null
  rate: string
  lag: string
}

/** Cheap, for every second. */
export async function readFigures(client: pg.Client): Promise<Figures> {
  const { rows: topics } = await client.query<TopicRow>(`
    select
      status.topic,
      status.stored_rows,
      status.dead_letters,
      status.seconds_since_event as age,
      coalesce(rates.rate, 0) as rate,
      coalesce(lags.lag, 0) as lag
    from ops.source_status as status
    left join (
      select topic, sum(rows) / 10 as rate
      from ops.ingest_by_second
      where second_at >= date_trunc('second', ops.now()) - interval '10 seconds'
        and second_at < date_trunc('second', ops.now())
      group by topic
    ) as rates using (topic)
    left join (select topic, sum(lag_records) as lag from ops.lag group by topic) as lags using (topic)
    order by status.topic`)
  const { rows: problems } = await client.query<Figures['problems'][number]>(`
    select severity, subject, message, mend
    from ops.health
    where severity = 'error'
    order by since_at desc
    limit 3`)
  const ages = topics.flatMap((row) => (row.age === null ? [] : [Number(row.age)]))
  const { eventsPerSecond, stored, deadLetters, lag } = sumOf('all', topics)
  return {
    ...{ eventsPerSecond, stored, deadLetters, lag },
    secondsSinceEvent: ages.length > 0 ? Math.min(...ages) : null,
    domains: byDomain(topics),
    problems,
  }
}

function byDomain(topics: TopicRow[]): DomainFigures[] {
  const domains = new Map<string, TopicRow[]>()
  for (const row of topics) {
    const domain = domainOf(row.topic) ?? 'your own'
    domains.set(domain, [...(domains.get(domain) ?? []), row])
  }
  return [...domains].map(([domain, rows]) => sumOf(domain, rows))
}

function sumOf(domain: string, topics: TopicRow[]): DomainFigures {
  const total = (pick: (row: TopicRow) => string) =>
    topics.reduce((sum, row) => sum + Number(pick(row)), 0)
  return {
    domain,
    topics: topics.length,
    eventsPerSecond: Math.round(total((row) => row.rate)),
    stored: total((row) => row.stored_rows),
    deadLetters: total((row) => row.dead_letters),
    lag: total((row) => row.lag),
  }
}
