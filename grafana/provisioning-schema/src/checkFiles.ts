import { rulesOf } from './alertQueries.ts'
import { alertingSchema, type AlertRule } from './alertingSchema.ts'
import { checkDashboard, type CheckOptions } from './checkDashboard.ts'
import { checkLinks } from './checkLinks.ts'
import { checkProvisioning } from './checkProvisioning.ts'
import { panelsOf, readDashboard } from './dashboard.ts'
import type { Dashboard } from './dashboardSchema.ts'
import { datasourcesSchema } from './datasourcesSchema.ts'
import { repeated, within, type Problem } from './problem.ts'
import { readJson } from './jsonFile.ts'
import { readYaml } from './yamlFile.ts'

export type TextFile = { path: string; text: string }

/**
 * Checks a whole set of files: dashboards (.json) and provisioning files (.yaml, .yml), each alone
 * and then against each other: uids used twice, unknown data sources, alerts that point nowhere.
 * Data sources are those that the files provision, unless `options` names them.
 */
export function checkFiles(files: readonly TextFile[], options: CheckOptions = {}): Problem[] {
  const isYaml = (file: TextFile) => /\.ya?ml$/.test(file.path)
  const json = files.filter((file) => file.path.endsWith('.json'))
  const yaml = files.filter(isYaml)
  const datasources = options.datasources ?? provisionedUids(yaml)
  const all = { ...options, datasources }
  return [
    ...json.flatMap((file) => checkJson(file, all)),
    ...yaml.flatMap((file) => checkProvisioning(file.path, file.text, all)),
    ...dashboardsTogether(json),
    ...checkLinks(dashboardsIn(json)),
    ...alertsTogether(alertsIn(yaml), json),
  ]
}

function checkJson(file: TextFile, options: CheckOptions): Problem[] {
  const { value, problems } = readJson(file.text)
  return within(file.path, problems.length > 0 ? problems : checkDashboard(value, options))
}

function provisionedUids(files: TextFile[]): string[] {
  return files.flatMap((file) => {
    const result = datasourcesSchema.safeParse(readYaml(file.text).value)
    return result.success ? (result.data.datasources ?? []).map(({ uid }) => uid) : []
  })
}

function dashboardsIn(files: TextFile[]): { path: string; dashboard: Dashboard }[] {
  return files.flatMap((file) => {
    const { dashboard } = readDashboard(readJson(file.text).value)
    return dashboard ? [{ path: file.path, dashboard }] : []
  })
}

function dashboardsTogether(files: TextFile[]): Problem[] {
  const all = dashboardsIn(files)
  return (['uid', 'title'] as const).flatMap((key) =>
    repeated(all.map(({ dashboard }) => dashboard[key])).map((value) => {
      const paths = all.filter(({ dashboard }) => dashboard[key] === value).map(({ path }) => path)
      return {
        rule: `dashboard-${key}-unique`,
        where: paths.join(', '),
        what: `These dashboards have the same ${key}, and Grafana's provider would save neither.`,
        found: `${key} "${value}" ${paths.length} times`,
        expected: `a ${key} of its own for each dashboard`,
        mend: 'Change it in one of them.',
      }
    }),
  )
}

type AlertInFile = { path: string; rule: AlertRule }

function alertsIn(files: TextFile[]): AlertInFile[] {
  return files.flatMap((file) => {
    const result = alertingSchema.safeParse(readYaml(file.text).value)
    return result.success ? rulesOf(result.data).map((rule) => ({ path: file.path, rule })) : []
  })
}

function alertsTogether(alerts: AlertInFile[], json: TextFile[]): Problem[] {
  const dashboards = dashboardsIn(json).map(({ dashboard }) => dashboard)
  return [
    ...repeated(alerts.map(({ rule }) => rule.uid)).map((uid) => alertUidTwice(uid, alerts)),
    ...alerts
      .filter(({ rule }) => rule.dashboardUid !== undefined && !hasPanel(dashboards, rule))
      .map((alert) => unknownPanel(alert, dashboards)),
  ]
}

function hasPanel(dashboards: Dashboard[], rule: AlertRule): boolean {
  return dashboards.some(
    (dashboard) =>
      dashboard.uid === rule.dashboardUid &&
      panelsOf(dashboard).some((panel) => panel.id === rule.panelId),
  )
}

function alertUidTwice(uid: string, alerts: AlertInFile[]): Problem {
  const twins = alerts.filter(({ rule }) => rule.uid === uid)
  return {
    rule: 'alert-uid-unique',
    where: [...new Set(twins.map(({ path }) => path))].join(', '),
    what: `${twins.length} alert rules have the same uid.`,
    found: `${uid} for ${twins.map(({ rule }) => `"${rule.title}"`).join(', ')}`,
    expected: 'a uid of its own for each rule',
    mend: 'Rename one of them.',
  }
}

function unknownPanel({ path, rule }: AlertInFile, dashboards: Dashboard[]): Problem {
  return {
    rule: 'alert-panel-known',
    where: `${path}: alert rule "${rule.title}"`,
    what: 'It points to a panel that no dashboard has.',
    found: `dashboardUid ${rule.dashboardUid}, panelId ${rule.panelId}`,
    expected: `a dashboard of ${dashboards.map(({ uid }) => uid).join(', ')} and the id of its panel`,
    mend: 'Correct dashboardUid and panelId, or leave both out.',
  }
}
