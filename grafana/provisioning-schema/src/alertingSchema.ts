import { z } from 'zod'
import {
  anything,
  apiVersion,
  duration,
  text,
  uid,
  wholeNumber,
  yesOrNo,
} from './provisioningFields.ts'

const query = z.strictObject({
  refId: text,
  queryType: z.string().optional(),
  relativeTimeRange: z.strictObject({ from: z.int(), to: z.int() }).optional(),
  datasourceUid: text,
  model: z.looseObject({
    type: z.string().optional(),
    expression: z.string().optional(),
    reducer: z.string().optional(),
    settings: z.looseObject({ mode: z.string().optional() }).optional(),
    conditions: z
      .array(
        z.looseObject({ evaluator: z.looseObject({ type: text, params: z.array(z.number()) }) }),
      )
      .optional(),
    rawSql: z.string().optional(),
    format: z.enum(['table', 'time_series']).optional(),
  }),
})

const rule = z.strictObject({
  uid,
  title: text,
  condition: text,
  data: z.array(query).min(1, 'at least one query'),
  dashboardUid: uid.optional(),
  panelId: z.int().positive().optional(),
  noDataState: z.enum(['OK', 'NoData', 'Alerting', 'KeepLast']),
  execErrState: z.enum(['OK', 'Error', 'Alerting', 'KeepLast']),
  for: duration.optional(),
  keepFiringFor: duration.optional(),
  missing_series_evals_to_resolve: wholeNumber.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  isPaused: yesOrNo.optional(),
  notification_settings: anything.optional(),
  record: anything.optional(),
})

const group = z.strictObject({
  orgId: wholeNumber.optional(),
  name: text,
  folder: text,
  interval: duration,
  rules: z.array(rule).min(1, 'at least one rule'),
})

const contactPoint = z.strictObject({
  orgId: wholeNumber.optional(),
  name: text,
  receivers: z.array(
    z.strictObject({
      uid,
      type: text,
      settings: anything,
      disableResolveMessage: yesOrNo.optional(),
    }),
  ),
})

const labelNames = z.array(text).optional()

const matchers = z.array(z.tuple([text, z.enum(['=', '!=', '=~', '!~']), z.string()])).optional()

const route = z.strictObject({
  receiver: text,
  group_by: labelNames,
  group_wait: duration.optional(),
  group_interval: duration.optional(),
  repeat_interval: duration.optional(),
  object_matchers: matchers,
  matchers: z.array(text).optional(),
  mute_time_intervals: z.array(text).optional(),
  active_time_intervals: z.array(text).optional(),
  continue: yesOrNo.optional(),
  get routes() {
    return z.array(route).optional()
  },
})

/** The root of the tree: it catches all, so that it has no matchers. */
const policy = route.omit({ matchers: true, object_matchers: true, continue: true }).extend({
  orgId: wholeNumber.optional(),
})

const list = z.array(anything).optional()

/** A file under provisioning/alerting. What Sluice does not use is read, but not looked into. */
export const alertingSchema = z.strictObject({
  apiVersion,
  groups: z.array(group).optional(),
  deleteRules: z.array(z.strictObject({ uid, orgId: wholeNumber.optional() })).optional(),
  contactPoints: z.array(contactPoint).optional(),
  deleteContactPoints: list,
  policies: z.array(policy).optional(),
  resetPolicies: z.array(wholeNumber).optional(),
  templates: list,
  deleteTemplates: list,
  muteTimes: list,
  deleteMuteTimes: list,
})

export type AlertingFile = z.infer<typeof alertingSchema>
export type AlertGroup = z.infer<typeof group>
export type AlertRule = z.infer<typeof rule>
