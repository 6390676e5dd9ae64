export { queriesOfAlerts, type AlertQuery } from './alertQueries.ts'
export { alertingSchema, type AlertingFile, type AlertRule } from './alertingSchema.ts'
export { columnKind, type Answer, type ColumnKind, type Labels } from './alertSeries.ts'
export { checkAnswer } from './checkAnswer.ts'
export { checkDashboard, type CheckOptions } from './checkDashboard.ts'
export { checkFiles, type TextFile } from './checkFiles.ts'
export { checkProvisioning, provisioningKind, type ProvisioningKind } from './checkProvisioning.ts'
export { panelsOf, parseDashboard } from './dashboard.ts'
export { dashboardSchema, type Dashboard, type Panel } from './dashboardSchema.ts'
export { datasourcesSchema, type DatasourcesFile } from './datasourcesSchema.ts'
export {
  alertRulesOf,
  evaluateAlert,
  type AlertInstance,
  type AlertOutcome,
} from './evaluateAlert.ts'
export { parseInterval } from './interval.ts'
export { expandMacros, type MacroContext } from './macros.ts'
export { pluginsSchema } from './pluginsSchema.ts'
export { formatProblem, type Problem } from './problem.ts'
export { providersSchema, type ProvidersFile } from './providersSchema.ts'
export { queriesOf, type DashboardQuery } from './queries.ts'
export { timeRangeOf } from './timeRange.ts'
export { isUnit } from './units.ts'
export { formatVariable, variableValuesOf } from './variables.ts'
export type { VariableValue, VariableValues } from './variables.ts'
