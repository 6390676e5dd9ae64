/** What the screen of `npm start` shows of a domain. */
export interface ShownMetric {
  domain: string
  model: string
  /** What is shown of it, behind its name. */
  title: string
  /** Rows as they are shown, the first ones first. */
  sql: string
}

/** One small table of each domain, as an analyst would ask for it: here, and nowhere else. */
export const shownMetrics: readonly ShownMetric[] = [
  {
    domain: 'marketing',
    model: 'gold.campaign_effectiveness',
    title: 'campaigns of most clicks',
    sql: `
      select
        left(campaign_name, 34) as campaign, delivered, opened, clicked,
        round(open_rate * 100, 1) || ' %' as "open rate",
        round(click_through_rate * 100, 1) || ' %' as "click rate"
      from gold.campaign_effectiveness
      order by clicked desc, campaign_id
      limit 4`,
  },
  {
    domain: 'clickstream',
    model: 'gold.traffic_by_minute',
    title: 'newest minutes, UTC',
    sql: `
      select
        to_char(minute_at, 'HH24:MI') as minute, page_views as "page views", clicks,
        added_to_cart as "into the cart", searches, visitors
      from gold.traffic_by_minute
      where minute_at <= ops.now()
      order by minute_at desc
      limit 4`,
  },
  {
    domain: 'ecommerce',
    model: 'gold.real_time_metrics',
    title: 'by the clock',
    sql: `
      select
        'last ' || window_minutes || ' min' as window, active_users as "active users", orders, revenue,
        round(conversion * 100, 1) || ' %' as conversion
      from gold.real_time_metrics
      order by window_minutes`,
  },
  {
    domain: 'sales',
    model: 'gold.sales_totals',
    title: 'all time',
    sql: `
      select orders, customers, sales, cost, profit, round(margin * 100, 1) || ' %' as margin
      from gold.sales_totals`,
  },
  {
    domain: 'activity',
    model: 'gold.activity_kpis_by_day',
    title: 'newest days, UTC',
    sql: `
      select
        to_char(day_at, 'YYYY-MM-DD') as day, users, purchases, revenue,
        round(conversion_rate * 100, 1) || ' %' as conversion,
        round(cart_abandonment_rate * 100, 1) || ' %' as "carts left",
        average_order_value as "average order"
      from gold.activity_kpis_by_day
      order by day_at desc
      limit 4`,
  },
]
