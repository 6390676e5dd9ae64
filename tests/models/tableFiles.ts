import { oneProblem } from './complaints.ts'

/** Models of all kinds that others may read. */
export const files = {
  'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
  'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- time: at
select
  payload ->> 'shop' as shop, (payload ->> 'amount')::numeric as amount, payload::json as doc, kafka_at as at
from bronze.sales
`,
  'shop/silver/shops.sql': `-- Shops.\n-- kind: entity\n-- key: shop\nselect payload ->> 'shop' as shop from bronze.sales\n`,
  'shop/silver/paid.sql': `-- Paid.\n-- kind: view\nselect shop from silver.sales\n`,
  'shop/gold/totals.sql': `-- Totals.\n-- kind: incremental\n-- grain: shop\nselect shop, count(*) as n from silver.sales group by shop\n`,
}

/** The file of a model with one header line; its select is line 4. */
export function fileOf(kind: string, key: string, select: string): Record<string, string> {
  const schema = kind === 'incremental' ? 'gold' : 'silver'
  return { [`shop/${schema}/x.sql`]: `-- X.\n-- kind: ${kind}\n-- ${key}\n${select}\n` }
}

/** One problem in line 4, at the first place of `at` in the select. */
export function problemAt(
  schema: string,
  select: string,
  at: string,
  message: string,
  mend?: string,
) {
  const column = select.indexOf(at) + 1
  return oneProblem(
    `shop/${schema}/x.sql:4:${column}: ${message}`,
    `   4 | ${select}`,
    `     | ${' '.repeat(column - 1)}^`,
    ...(mend ? [mend] : []),
  )
}

export const restless = (name: string, kind: string) =>
  `${name} gives something else each time: a model of kind ${kind} can't call it`
export const callAbove =
  'Call it in a view above. A function of your own that depends on its arguments alone: declare it immutable.'
