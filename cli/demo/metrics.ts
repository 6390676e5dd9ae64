import type pg from 'pg'
import { shownMetrics } from './shownMetrics.ts'

/** How the models are, and one small table of each domain; rows are shown as they come. */
export interface Metrics {
  models: { silver: string; gold: string; behind: string; database: string }
  tables: MetricTable[]
}

export interface MetricTable {
  domain: string
  model: string
  title: string
  rows: Record<string, string | null>[]
}

/** Slower than readFigures: for a rhythm of its own. */
export async function readMetrics(client: pg.Client, domains: string[]): Promise<Metrics> {
  const { rows } = await client.query<Metrics['models']>(`
    select
      count(*) filter (where model like 'silver.%') as silver,
      count(*) filter (where model like 'gold.%') as gold,
      coalesce(max(seconds_behind) filter (where model like 'gold.%'), 0)::numeric(12, 1) as behind,
      pg_database_size(current_database()) as database
    from ops.freshness`)
  return { models: rows[0]!, tables: await readTables(client, domains) }
}

/** The tables of these domains, as far as their models are there. */
export async function readTables(client: pg.Client, domains: string[]): Promise<MetricTable[]> {
  const { rows } = await client.query<{ model: string }>('select model from ops.model_status')
  const present = new Set(rows.map(({ model }) => model))
  const tables: MetricTable[] = []
  for (const { domain, model, title, sql } of shownMetrics) {
    if (!domains.includes(domain) || !present.has(model)) continue
    tables.push({
      domain,
      model,
      title,
      rows: (await client.query<MetricTable['rows'][0]>(sql)).rows,
    })
  }
  return tables
}

/** Rows of the tables of silver and of gold, counted. */
export async function readLayers(
  client: pg.Client,
): Promise<{ layer: string; relations: string; rows: string }[]> {
  const { rows: models } = await client.query<{ layer: string; name: string }>(`
    select split_part(model, '.', 1) as layer, model as name
    from ops.model_status
    where kind in ('event', 'entity', 'incremental', 'materialized')
    order by model`)
  const layers = []
  for (const layer of ['silver', 'gold']) {
    const names = models.filter((model) => model.layer === layer).map(({ name }) => name)
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
