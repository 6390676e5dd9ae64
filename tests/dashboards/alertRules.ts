import { parse } from 'yaml'
import { alertRulesOf, type AlertRule } from 'grafana-provisioning-schema'
import { grafanaFiles } from '../grafana/files.ts'

/** Every rule of grafana/alerting, by uid. */
export const alertRules: ReadonlyMap<string, AlertRule> = new Map(
  grafanaFiles()
    .filter(({ path }) => path.startsWith('alerting/') && path.endsWith('.yaml'))
    .flatMap(({ text }) => alertRulesOf(parse(text)))
    .map((rule) => [rule.uid, rule]),
)
