import type { z } from 'zod'
import { alertingSchema } from './alertingSchema.ts'
import { checkAlerts } from './checkAlerts.ts'
import { checkContactPoints } from './checkContactPoints.ts'
import type { CheckOptions } from './checkDashboard.ts'
import { checkDatasources } from './checkDatasources.ts'
import { datasourcesSchema } from './datasourcesSchema.ts'
import { pluginsSchema } from './pluginsSchema.ts'
import { repeated, show, within, type Problem } from './problem.ts'
import { providersSchema, type ProvidersFile } from './providersSchema.ts'
import { schemaProblems } from './schemaProblems.ts'
import { readYaml } from './yamlFile.ts'

export type ProvisioningKind = 'datasources' | 'dashboards' | 'alerting' | 'plugins'

// Grafana knows a file by its folder; its keys say the same, wherever the file lies.
const keysOfKinds: Record<ProvisioningKind, readonly string[]> = {
  datasources: Object.keys(datasourcesSchema.shape),
  dashboards: Object.keys(providersSchema.shape),
  plugins: Object.keys(pluginsSchema.shape),
  alerting: Object.keys(alertingSchema.shape),
}

/**
 * Checks a provisioning file of Grafana (YAML text): data sources, dashboard providers, alerting or
 * plugins, whichever its keys say. `file` is its name, for messages.
 */
export function checkProvisioning(
  file: string,
  text: string,
  options: CheckOptions = {},
): Problem[] {
  const { value, problems } = readYaml(text)
  if (problems.length > 0) return within(file, problems)
  const kind = provisioningKind(value)
  return within(file, kind ? checkKind(kind, value, options) : [unknownKind(value)])
}

/** Which kind of provisioning file this is (parsed YAML), or null. */
export function provisioningKind(value: unknown): ProvisioningKind | null {
  if (typeof value !== 'object' || value === null) return null
  const keys = Object.keys(value).filter((key) => key !== 'apiVersion')
  const kinds = Object.entries(keysOfKinds) as [ProvisioningKind, readonly string[]][]
  return kinds.find(([, known]) => keys.some((key) => known.includes(key)))?.[0] ?? null
}

function checkKind(kind: ProvisioningKind, value: unknown, options: CheckOptions): Problem[] {
  switch (kind) {
    case 'datasources':
      return checked(datasourcesSchema, value, checkDatasources)
    case 'dashboards':
      return checked(providersSchema, value, uniqueProviders)
    case 'alerting':
      return checked(alertingSchema, value, (file) => [
        ...checkAlerts(file, options),
        ...checkContactPoints(file),
      ])
    case 'plugins':
      return checked(pluginsSchema, value, () => [])
  }
}

function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  check: (file: T) => Problem[],
): Problem[] {
  const result = schema.safeParse(value)
  return result.success ? check(result.data) : schemaProblems(result.error, value)
}

function uniqueProviders(file: ProvidersFile): Problem[] {
  return repeated(file.providers.map((provider) => provider.name)).map((name) => ({
    rule: 'provider-name-unique',
    where: `provider "${name}"`,
    what: 'Two providers have this name, and Grafana would read neither.',
    found: `"${name}" twice`,
    expected: 'a name of its own for each',
    mend: 'Rename one of them.',
  }))
}

function unknownKind(value: unknown): Problem {
  return {
    rule: 'provisioning-kind',
    where: 'top level',
    what: 'This is no provisioning file that Grafana knows.',
    found: show(value),
    expected: `one of the keys ${['datasources', 'providers', 'groups', 'contactPoints', 'apps'].join(', ')}`,
    mend: 'Correct the key.',
  }
}
