/**
 * Models that can't be merged, by name: strategy, header lines and select. They read the event models of
 * salesEvents.ts. Their orders have no ties but by `id`, which is unique.
 */
export const regroupedModels: Record<
  string,
  [strategy: 'regroup' | 'append', header: string, select: string]
> = {
  percentiles: [
    'regroup',
    '-- grain: shop',
    `select shop, percentile_cont(0.5) within group (order by weight) as median,
      percentile_disc(0.9) within group (order by amount) as p90, mode() within group (order by units) as usual
    from silver.sales group by shop`,
  ],
  lists: [
    'regroup',
    '-- grain: city',
    `select city, array_agg(name order by id) as names, string_agg(distinct shop, ',' order by shop) as shops, 
      jsonb_agg(units order by id) filter (where is_paid) as units, count(*) as n
    from silver.sales group by city`,
  ],
  spread: [
    'regroup',
    '-- grain: shop, is_paid',
    `select shop, is_paid, stddev_samp(amount) as spread, var_pop(units) as variance, sum(distinct units) as distinct_units
    from silver.sales group by shop, is_paid`,
  ],
  groups: ['regroup', '-- grain: city', 'select city from silver.sales group by city'],
  newest: [
    'regroup',
    '-- grain: shop',
    `select distinct on (shop) shop, id, name, amount, at
    from silver.sales order by shop, at desc, id desc`,
  ],
  ranked: [
    'regroup',
    '-- grain: shop, place',
    `select shop, place, id, amount
    from (
      select shop, id, amount, row_number() over (partition by shop order by amount desc nulls last, id) as place
      from silver.sales
    ) as ranked
    where place <= 3`,
  ],
  running: [
    'regroup',
    '-- grain: id\n-- scope: city',
    `select id, city, sum(amount) over earlier as so_far, lag(name) over earlier as name_before,
      count(*) over (partition by city) as all_of_city
    from silver.sales
    window earlier as (partition by city order by at, id)`,
  ],
  numbered: [
    'regroup',
    '-- grain: id',
    `select id, city, row_number() over (partition by city order by at, id) as place,
      lag(amount) over (partition by city order by at, id) as amount_before
    from silver.sales`,
  ],
  joined_as_of: [
    'regroup',
    '-- grain: id, since',
    `with prices as (
      select shop, at as since, id as price_id, price, lead(at) over (partition by shop order by at, id) as until
      from silver.sales
    )
    select returns.id, returns.shop, since, price_id, returns.amount * price as worth
    from silver.returns
    join prices on prices.shop = returns.shop and returns.at >= since and (returns.at < until or until is null)`,
  ],
  best_shop_by_hour: [
    'regroup',
    '-- grain: hour_at',
    `with totals as (
      select date_trunc('hour', at, 'UTC') as hour_at, shop, sum(units) as units
      from silver.sales group by 1, 2
    )
    select distinct on (hour_at) hour_at, shop, units
    from totals order by hour_at, units desc nulls last, shop nulls first`,
  ],
  balance: [
    'regroup',
    '-- grain: shop',
    `with sold as (select shop, sum(amount) as amount, count(*) as n from silver.sales group by shop),
    back as (select shop, sum(amount) as amount, count(*) as n from silver.returns group by shop)
    select shop, sold.amount - back.amount as balance, sold.n as sales, back.n as returns
    from sold join back using (shop)`,
  ],
  matched: [
    'regroup',
    '-- grain: shop',
    `select sales.shop, count(*) as pairs, count(distinct sales.id) as sales, max(returns.at) as last_at
    from silver.sales
    join silver.returns on returns.shop = sales.shop and returns.at >= sales.at
    group by sales.shop`,
  ],
  distinct_pairs: [
    'regroup',
    '-- grain: shop, city',
    `select distinct shop, city from silver.sales where units > 0`,
  ],
  several_counts: [
    'regroup',
    '-- grain: city, day',
    `select city, at::date as day, count(distinct shop) as shops, stddev_pop(units) as spread
    from silver.sales group by city, at::date having count(*) > 1`,
  ],
  newest_places: [
    'regroup',
    '-- grain: id\n-- scope: city',
    `select id, city, ntile(3) over (partition by city order by id) as third,
      rank() over (partition by city order by at) as place, first_value(name) over (partition by city order by at, id) as first_name,
      last_value(name) over (partition by city order by at, id rows between unbounded preceding and unbounded following) as last_name,
      sum(units) over (partition by city order by at range between interval '1 hour' preceding and current row) as units
    from silver.sales`,
  ],
  with_returns: [
    'regroup',
    '-- grain: city',
    `select sales.city, count(*) as rows, count(returns.id) as returns, sum(returns.amount) as amount
    from silver.sales left join silver.returns on returns.shop = sales.shop group by sales.city`,
  ],
  never_returned: [
    'regroup',
    '-- grain: shop',
    `select sales.shop, count(distinct sales.id) as sales
    from silver.sales left join silver.returns on returns.shop = sales.shop and returns.amount > 0
    group by sales.shop having count(returns.id) = 0`,
  ],
  before_it: [
    'regroup',
    '-- grain: id',
    `select one.id, count(other.id) as sales
    from silver.sales as one left join silver.sales as other on other.city = one.city and other.id < one.id
    group by one.id`,
  ],
  best_city: [
    'regroup',
    '-- grain: shop',
    `with cities as (select shop, city, sum(units) as units from silver.sales group by shop, city),
    best as (select shop, max(units) as units from cities group by shop)
    select best.shop, count(*) as cities, max(best.units) as units
    from best join cities on cities.shop = best.shop and cities.units = best.units
    group by best.shop`,
  ],
  shops_of_city: [
    'regroup',
    '-- grain: city',
    `select city, max(sales) as most, count(*) as shops
    from (select city, shop, count(*) as sales from silver.sales group by city, shop) as shops
    where sales > 1
    group by city`,
  ],
  different_amounts: [
    'regroup',
    '-- grain: shop',
    `select shop, count(*) as amounts
    from (select shop, amount from silver.sales union select shop, amount from silver.returns) as events
    group by shop`,
  ],
  kinds_of_shop: [
    'regroup',
    '-- grain: shop, kind',
    `select shop, 'sale' as kind, count(*) as n from silver.sales group by shop
    union all
    select shop, 'return', count(*) from silver.returns group by shop`,
  ],
  shifted_hours: [
    'regroup',
    '-- grain: hour_at',
    `select date_trunc('hour', at + interval '20 minutes', 'UTC') as hour_at,
      percentile_disc(0.5) within group (order by amount) as median
    from silver.sales group by 1`,
  ],
  sessions: [
    'regroup',
    '-- grain: city, started_at\n-- scope: city\n-- reach: 30 minutes',
    `with marked as (
      select city, at, id,
        coalesce(at - lag(at) over (partition by city order by at, id) > interval '30 minutes', true)::int as begins
      from silver.sales
    ),
    numbered as (
      select city, at, sum(begins) over (partition by city order by at, id) as session_no from marked
    )
    select city, min(at) as started_at, max(at) as ended_at, count(*) as sales
    from numbered group by city, session_no`,
  ],
  overlapping_hours: [
    'regroup',
    '-- grain: hour_at, shop\n-- scope: shop\n-- reach: 60 minutes',
    `select date_trunc('hour', sales.at, 'UTC') as hour_at, sales.shop, count(returns.id) as returns,
      min(sales.at) as first_at, max(greatest(sales.at, returns.at)) as last_at
    from silver.sales
    left join silver.returns on returns.shop = sales.shop
      and returns.at between sales.at and sales.at + interval '30 minutes'
    group by 1, 2`,
  ],
  pairs: [
    'append',
    '-- grain: sale_id, return_id',
    `select sales.id as sale_id, returns.id as return_id, sales.shop, sales.amount - returns.amount as difference
    from silver.sales
    join silver.returns on returns.shop = sales.shop and returns.at between sales.at and sales.at + interval '1 day'`,
  ],
  tag_rows: [
    'append',
    '-- grain: id, place',
    `select id, tags.place, tags.tag, at
    from silver.sales cross join lateral unnest(sales.tags) with ordinality as tags (tag, place)
    where is_paid`,
  ],
  all_events: [
    'append',
    '-- grain: kind, id',
    `select 'sale' as kind, id, shop from silver.sales
    union all
    select 'return', id, shop from silver.returns`,
  ],
}
