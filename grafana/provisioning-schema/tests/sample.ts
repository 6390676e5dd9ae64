type Json = Record<string, unknown>

/** A panel that is right; `changes` make it wrong. */
export function panel(changes: Json = {}): Json {
  return {
    id: 1,
    type: 'stat',
    title: 'Orders',
    description: 'Orders of the range.',
    gridPos: { x: 0, y: 0, w: 12, h: 4 },
    datasource: { type: 'grafana-postgresql-datasource', uid: 'shop' },
    targets: [{ refId: 'A', format: 'table', rawSql: 'select 1 from orders' }],
    fieldConfig: { defaults: { unit: 'none' }, overrides: [] },
    ...changes,
  }
}

/** A second panel, right of the first. */
export function secondPanel(changes: Json = {}): Json {
  return panel({ id: 2, title: 'Revenue', gridPos: { x: 12, y: 0, w: 12, h: 4 }, ...changes })
}

/** A query variable. */
export function variable(changes: Json = {}): Json {
  return {
    name: 'category',
    type: 'query',
    datasource: { type: 'grafana-postgresql-datasource', uid: 'shop' },
    query: 'select name from categories',
    multi: true,
    includeAll: true,
    current: { text: ['All'], value: ['$__all'] },
    ...changes,
  }
}

/** A dashboard that is right; `changes` make it wrong. */
export function dashboard(changes: Json = {}): Json {
  return {
    uid: 'shop-orders',
    title: 'Orders',
    description: 'What was ordered.',
    tags: ['shop'],
    schemaVersion: 42,
    refresh: '5s',
    time: { from: 'now-6h', to: 'now' },
    timepicker: { refresh_intervals: ['5s', '1m'] },
    templating: { list: [variable()] },
    annotations: { list: [] },
    panels: [panel(), secondPanel()],
    ...changes,
  }
}

/** A dashboard of one panel with this query. */
export function dashboardOf(rawSql: string, format = 'table'): Json {
  return dashboard({ panels: [panel({ targets: [{ refId: 'A', format, rawSql }] })] })
}

export const datasourceFile = `
apiVersion: 1
datasources:
  - name: Shop
    uid: shop
    type: grafana-postgresql-datasource
    url: $SHOP_HOST
    user: reader
    secureJsonData:
      password: $SHOP_PASSWORD
    jsonData:
      database: shop
      sslmode: require
      maxOpenConns: 5
`

export const providerFile = `
apiVersion: 1
providers:
  - name: shop
    type: file
    folder: Shop
    allowUiUpdates: false
    updateIntervalSeconds: 10
    options:
      path: $SHOP_DASHBOARDS
`

export const alertFile = `
apiVersion: 1
groups:
  - name: shop
    folder: Shop
    interval: 30s
    rules:
      - uid: shop-no-orders
        title: No orders
        condition: C
        for: 1m
        noDataState: OK
        execErrState: Error
        dashboardUid: shop-orders
        panelId: 1
        annotations:
          summary: Nobody orders.
        data:
          - refId: A
            datasourceUid: shop
            relativeTimeRange: { from: 300, to: 0 }
            model:
              format: table
              rawSql: select count(*) from orders where $__timeFilter(ordered_at)
          - refId: B
            datasourceUid: __expr__
            model: { type: reduce, expression: A, reducer: last }
          - refId: C
            datasourceUid: __expr__
            model: { type: threshold, expression: B }
`

export const contactPointFile = `
apiVersion: 1
contactPoints:
  - name: on call
    receivers:
      - uid: on-call
        type: slack
        settings: { url: $URL, recipient: '#alerts' }
  - name: later
    receivers:
      - uid: later
        type: webhook
        settings: { url: 'https://example.org/alerts', username: me, password: $PASSWORD }
policies:
  - receiver: on call
    group_by: [alertname]
    group_wait: 10s
    routes:
      - receiver: later
        object_matchers: [[severity, '=', warning]]
        continue: true
`
