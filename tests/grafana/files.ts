import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parse } from 'yaml'
import {
  queriesOf,
  queriesOfAlerts,
  provisioningKind,
  type TextFile,
} from 'grafana-provisioning-schema'

const folder = join(import.meta.dirname, '../../grafana')

/** Every file that Grafana reads: grafana/, but the checker's own package. */
export function grafanaFiles(): TextFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(json|ya?ml)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).startsWith('provisioning-schema'))
    .map((path) => ({ path: relative(folder, path), text: readFileSync(path, 'utf8') }))
}

export type DashboardFile = { path: string; json: unknown }

export function dashboardFiles(): DashboardFile[] {
  return grafanaFiles()
    .filter((file) => file.path.endsWith('.json'))
    .map((file) => ({ path: file.path, json: JSON.parse(file.text) as unknown }))
}

export type SqlInFile = { name: string; sql: string; isAlert: boolean; json: unknown }

/** Every query of every dashboard and alert rule, named for a test's title. */
export function queriesInFiles(): SqlInFile[] {
  const inDashboards = dashboardFiles().flatMap(({ path, json }) =>
    queriesOf(json).map(({ where, sql }) => ({
      name: `${path}, ${where}`,
      sql,
      isAlert: false,
      json,
    })),
  )
  const inAlerts = grafanaFiles()
    .filter((file) => /\.ya?ml$/.test(file.path))
    .map((file) => ({ path: file.path, json: parse(file.text) as unknown }))
    .filter(({ json }) => provisioningKind(json) === 'alerting')
    .flatMap(({ path, json }) =>
      queriesOfAlerts(json).map(({ rule, where, sql }) => ({
        name: `${path}, alert rule "${rule}", ${where}`,
        sql,
        isAlert: true,
        json,
      })),
    )
  return [...inDashboards, ...inAlerts]
}
