import type pg from 'pg'

/** What the screen shows, every figure of it from ops and gold by SQL. */
export interface Figures {
  eventsPerSecond: number
  stored: number
  deadLetters: number
  lag: number
  secondsSinceEvent: number | null
  topics: { topic: string; stored_rows: string; rate: string; lag: string }[]
  problems: { severity: string; subject: string; message: string; mend: string }[]
}

/** How ingest is doing; cheap, for every second. */
export async function readFigures(client: pg.Client): Promise<Figures> {
  const { rows: topics } = await client.query<
    Figures['topics'][number] & { dead_letters: string; age: string | null }
  >(`
    select
      status.topic,
      status.stored_rows,
      status.dead_letters,
      status.seconds_since_event as age,
      coalesce(rates.rate, 0)::int as rate,
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
  const total = (pick: (row: (typeof topics)[number]) => string) =>
    topics.reduce((sum, row) => sum + Number(pick(row)), 0)
  const ages = topics.flatMap((row) => (row.age === null ? [] : [Number(row.age)]))
  return {
    eventsPerSecond: total((row) => row.rate),
    stored: total((row) => row.stored_rows),
    deadLetters: total((row) => row.dead_letters),
    lag: total((row) => row.lag),
    secondsSinceEvent: ages.length > 0 ? Math.min(...ages) : null,
    topics,
    problems,
  }
}

/** A few metrics as an analyst would ask for them; rows are shown as they come. */
export interface Metrics {
  layers: { layer: string; relations: string; rows: string }[]
  realTime: Record<string, string>[]
  products: Record<string, string>[]
  hours: Record<string, string>[]
  freshness: { models: string; behind: string; newest: string }
}

const queries = {
  realTime: `
    select
      window_minutes || ' min' as window, active_users as "active users", orders, revenue,
      round(conversion * 100, 1) || ' %' as conversion
    from gold.real_time_metrics
    order by window_minutes`,
  products: `
    select product_name as product, views, units, revenue, round(conversion * 100, 1) || ' %' as conversion
    from gold.product_performance
    order by revenue desc, product_id
    limit 3`,
  hours: `
    select
      to_char(hour_at, 'HH24:MI') as hour, orders, revenue, unique_customers as customers,
      round(average_order_value, 2) as "average order"
    from gold.hourly_sales
    order by hour_at desc
    limit 3`,
}

/** Reads metrics and rows per layer. Slower than readFigures: for a rhythm of its own. */
export async function readMetrics(client: pg.Client): Promise<Metrics> {
  const ask = async (sql: string) => (await client.query<Record<string, string>>(sql)).rows
  const freshness = await client.query<Metrics['freshness']>(`
    select
      count(*) as models,
      coalesce(max(seconds_behind), 0)::numeric(12, 1) as behind,
      coalesce(to_char(max(newest_event_at), 'HH24:MI:SS'), '–') as newest
    from ops.freshness
    where model like 'gold.%'`)
  return {
    realTime: await ask(queries.realTime),
    products: await ask(queries.products),
    hours: await ask(queries.hours),
    freshness: freshness.rows[0]!,
    layers: await readLayers(client),
  }
}

/** Rows of every relation of silver and gold, counted. */
export async function readLayers(client: pg.Client): Promise<Metrics['layers']> {
  const { rows: relations } = await client.query<{ layer: string; name: string }>(`
    select split_part(model, '.', 1) as layer, model as name
    from ops.model_status
    where split_part(model, '.', 1) in ('silver', 'gold')
    order by model`)
  const layers: Metrics['layers'] = []
  for (const layer of ['silver', 'gold']) {
    const names = relations
      .filter((relation) => relation.layer === layer)
      .map((relation) => relation.name)
    if (names.length === 0) continue
    const counts = names.map((name) => `(select count(*) from ${quoted(client, name)})`).join(' + ')
    const { rows } = await client.query<{ rows: string }>(`select ${counts} as rows`)
    layers.push({ layer, relations: String(names.length), rows: rows[0]!.rows })
  }
  return layers
}

function quoted(client: pg.Client, name: string): string {
  return name
    .split('.')
    .map((part) => client.escapeIdentifier(part))
    .join('.')
}
