import { z } from 'zod'

// Loose objects: panel types bring options of their own, which Grafana alone knows.

const text = z.string().trim().min(1, 'a text that is not empty')
const uid = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,40}$/, 'a uid of 1 to 40 letters, digits, "-" and "_"')
const count = z.int('a whole number')

const datasource = z.looseObject({ type: text, uid: text })

/** Grafana's own data source that hands a panel the result of another panel of its dashboard. */
export const sharedDatasource = '-- Dashboard --'

const target = z.looseObject({
  refId: text,
  datasource: datasource.optional(),
  rawSql: z.string().optional(),
  format: z.enum(['table', 'time_series']).optional(),
  hide: z.boolean().optional(),
  /** In a query to sharedDatasource: the panel whose result it shows. */
  panelId: count.positive('the id of a panel').optional(),
})

const gridPos = z.object({
  x: count.min(0, 'a column from 0 to 23'),
  y: count.min(0, 'a line from 0 on'),
  w: count.min(1, 'a width of 1 to 24 columns').max(24, 'a width of 1 to 24 columns'),
  h: count.min(1, 'a height of at least 1'),
})

const fieldOverride = z.looseObject({
  matcher: z.looseObject({ id: text, options: z.unknown() }),
  properties: z.array(z.looseObject({ id: text, value: z.unknown() })),
})

const panel = z.looseObject({
  id: count.positive('an id from 1 on'),
  type: text,
  title: z.string(),
  description: z.string().optional(),
  gridPos,
  datasource: datasource.optional(),
  targets: z.array(target).optional(),
  fieldConfig: z
    .looseObject({
      defaults: z.looseObject({ unit: z.string().optional() }),
      overrides: z.array(fieldOverride),
    })
    .optional(),
})

/** A row that is folded holds its panels itself; an open row is followed by them. */
const panelOrRow = panel.extend({
  collapsed: z.boolean().optional(),
  panels: z.array(panel).optional(),
})

const variableValue = z.union([z.string(), z.array(z.string())], {
  error: 'a text, or a list of texts',
})

const variable = z.looseObject({
  name: z.string().regex(/^\w+$/, 'a name of letters, digits and "_"'),
  type: text,
  query: z.unknown(),
  datasource: datasource.optional(),
  multi: z.boolean().optional(),
  includeAll: z.boolean().optional(),
  allValue: z.string().nullish(),
  current: z.looseObject({ value: variableValue.optional() }).optional(),
})

const annotation = z.looseObject({
  name: text,
  datasource,
  enable: z.boolean(),
  target: target.partial({ refId: true }).optional(),
})

const link = z.looseObject({
  type: z.enum(['dashboards', 'link']),
  title: text,
  tags: z.array(z.string()).optional(),
  url: z.string().optional(),
})

/** A classic dashboard, as a provider reads it from a file. */
export const dashboardSchema = z.looseObject({
  id: z.null({ error: 'no id, or null: an id belongs to one database' }).optional(),
  uid,
  title: text,
  description: text,
  tags: z.array(text).min(1, 'at least one tag'),
  schemaVersion: z.literal(42, { error: '42, the last of the classic schema' }),
  refresh: z.string(),
  time: z.object({ from: text, to: text }),
  timepicker: z.looseObject({ refresh_intervals: z.array(text) }),
  templating: z.looseObject({ list: z.array(variable) }).optional(),
  annotations: z.looseObject({ list: z.array(annotation) }).optional(),
  links: z.array(link).optional(),
  panels: z.array(panelOrRow).min(1, 'at least one panel'),
})

export type Dashboard = z.infer<typeof dashboardSchema>
export type Panel = z.infer<typeof panelOrRow>
export type Target = z.infer<typeof target>
export type Variable = z.infer<typeof variable>
export type Annotation = z.infer<typeof annotation>
export type DatasourceRef = z.infer<typeof datasource>
