/** Models that can be merged, by name: grain and select. They read the event models of salesEvents.ts. */
export const mergedModels: Record<string, [grain: string, select: string]> = {
  counts: [
    'shop',
    `select shop, count(*) as sales, count(amount) as with_amount, count(*) filter (where units > 2) as many
    from silver.sales group by shop`,
  ],
  sums: [
    'shop',
    `select shop, sum(units) as units, sum(points) as points, sum(amount) as amount, sum(took) as took,
      sum(small) as small, sum(price) as price
    from silver.sales group by 1`,
  ],
  extremes: [
    'shop, city',
    `select shop, city, min(name) as first_name, max(name) as last_name, min(at) as first_at, max(at) as last_at,
      min(amount) as least, max(amount) as most, min(took) as shortest, max(points) as points,
      max(on_day) as last_day, min(weight) as lightest, max(weight) as heaviest
    from silver.sales group by shop, city`,
  ],
  averages: [
    'shop',
    `select shop, avg(units) as units, avg(points) as points, avg(amount) as amount, avg(took) as took,
      avg(small) as small, avg(amount) filter (where is_paid) as paid
    from silver.sales group by shop`,
  ],
  truths: [
    'city',
    `select city, bool_and(is_paid) as all_paid, bool_or(is_paid) as any_paid, every(units > 0) as all_units,
      bool_or(is_paid) filter (where amount > 0) as any_paid_amount
    from silver.sales group by city`,
  ],
  distincts: [
    'shop',
    `select shop, count(distinct name) as names, count(distinct name) filter (where is_paid) as paying,
      count(distinct amount) as amounts, count(distinct lower(name) || city) as spelled, count(*) as sales,
      sum(units) as units, max(at) as last_at, bool_or(is_paid) as any_paid
    from silver.sales group by shop`,
  ],
  expressions: [
    'Shop',
    `select shop as "Shop", round(sum(amount) / nullif(count(*), 0), 2) as mean,
      coalesce(sum(units) filter (where is_paid), 0) as paid_units,
      case when bool_or(is_paid) then max(at) - min(at) else interval '0' end as span,
      (count(*) * 2)::int as twice, 'shop ' || shop as label,
      greatest(max(amount), 0)::numeric(40, 4) as most, least(count(distinct city), 2) as cities,
      coalesce(avg(units), -1) > 2 as is_big
    from silver.sales group by shop`,
  ],
  had: [
    'shop, city',
    `select shop, city, sum(amount) as amount, count(*) as sales
    from silver.sales
    where units is distinct from 3
    group by shop, city
    having count(*) filter (where is_paid) > 1 and sum(amount) > 0`,
  ],
  by_time: [
    'hour_at, is_paid',
    `select date_trunc('hour', at, 'UTC') as hour_at, is_paid, count(*) as sales, max(amount) as most
    from silver.sales group by 1, 2`,
  ],
  by_expression: [
    'size, day',
    `select
      case when amount is null then null when amount > 10 then 'great' else 'small' end as size,
      at::date as day, count(distinct shop) as shops
    from silver.sales
    group by case when amount is null then null when amount > 10 then 'great' else 'small' end, day`,
  ],
  by_odd_types: [
    'on_day, took, amount',
    `select on_day, took, amount, count(*) as n from silver.sales group by on_day, took, amount`,
  ],
  quoted: [
    'Größe, select',
    `select shop as "Größe", city as "select", count(*) as "Anzahl 1", max(name) as "max ""x"""
    from silver.sales group by "Größe", "select"`,
  ],
  both: [
    'shop',
    `select shop, count(*) as events, sum(amount) as amount, count(distinct kind) as kinds, min(at) as first_at
    from (
      select shop, at, amount, 'sale' as kind from silver.sales where is_paid
      union all
      select shop, at, null, 'return' from silver.returns
      union all
      select shop, at, -amount, 'return' from silver.returns where amount is not null
    ) as events
    group by shop`,
  ],
  with_queries: [
    'city, kind',
    `with sold as (select city, amount from silver.sales where amount > 0),
    events as (
      select city, 'sold' as kind, amount from sold
      union all
      select shop, 'back', amount from silver.returns
    )
    select city, kind, count(*) as n, sum(amount) as amount from events group by city, kind`,
  ],
  tagged: [
    'tag',
    `select tag, count(*) as sales, count(distinct shop) as shops, sum(amount) as amount
    from silver.sales cross join unnest(tags) as tag group by tag`,
  ],
  numbered_tags: [
    'place, tag',
    `select tags.place, tags.tag, count(*) as n
    from silver.sales left join lateral unnest(sales.tags) with ordinality as tags (tag, place) on true
    group by tags.place, tags.tag`,
  ],
  hopping: [
    'window_at, shop',
    `select window_at, shop, count(*) as sales, sum(amount) as amount
    from silver.sales
    cross join lateral generate_series(
      date_trunc('hour', at, 'UTC') - interval '2 hours', date_trunc('hour', at, 'UTC'), interval '1 hour'
    ) as window_at
    group by window_at, shop`,
  ],
  parts: [
    'sku',
    `select part ->> 'sku' as sku, sum((part ->> 'n')::int) as units, max((part ->> 'n')::int) as most
    from silver.sales, jsonb_array_elements(parts) as part
    group by part ->> 'sku'`,
  ],
  rated: [
    'currency',
    `select rates.currency, sum(sales.amount * rates.rate) as amount, count(*) as n
    from silver.sales
    join (values ('paris', 'EUR', 1), ('london', 'GBP', 1.17), ('ürümqi', 'CNY', 0.13)) as rates (city, currency, rate)
      using (city)
    group by rates.currency`,
  ],
  renamed: [
    'place',
    `select s.place, count(*) as n, max(s.worth) as worth
    from (select city, amount from silver.sales) as s (place, worth)
    group by s.place`,
  ],
}
