import { z } from 'zod'
import { anything, apiVersion, text, uid, wholeNumber, yesOrNo } from './provisioningFields.ts'

const datasource = z.strictObject({
  name: text,
  type: text,
  // Dashboards and alerts name a data source by its uid, so that it must not be made up by Grafana.
  uid,
  orgId: wholeNumber.optional(),
  access: z.enum(['proxy', 'direct']).optional(),
  url: text,
  user: text.optional(),
  database: text.optional(),
  basicAuth: yesOrNo.optional(),
  basicAuthUser: text.optional(),
  withCredentials: yesOrNo.optional(),
  isDefault: yesOrNo.optional(),
  jsonData: anything.optional(),
  secureJsonData: z.record(z.string(), text).optional(),
  editable: yesOrNo.optional(),
  version: wholeNumber.optional(),
  correlations: z.array(anything).optional(),
})

/** jsonData of Grafana's PostgreSQL data source. */
export const postgresJsonData = z.strictObject({
  database: text,
  sslmode: z.union(
    [z.enum(['disable', 'require', 'verify-ca', 'verify-full']), z.string().startsWith('$')],
    { error: 'disable, require, verify-ca, verify-full or $VARIABLE' },
  ),
  maxOpenConns: wholeNumber,
  maxIdleConns: wholeNumber.optional(),
  maxIdleConnsAuto: yesOrNo.optional(),
  connMaxLifetime: wholeNumber.optional(),
  postgresVersion: wholeNumber.optional(),
  timescaledb: yesOrNo.optional(),
  timeInterval: text.optional(),
  tlsAuth: yesOrNo.optional(),
  tlsAuthWithCACert: yesOrNo.optional(),
  tlsConfigurationMethod: z.enum(['file-path', 'file-content']).optional(),
  tlsSkipVerify: yesOrNo.optional(),
  sslRootCertFile: text.optional(),
  sslCertFile: text.optional(),
  sslKeyFile: text.optional(),
})

/** A file under provisioning/datasources. */
export const datasourcesSchema = z.strictObject({
  apiVersion,
  prune: yesOrNo.optional(),
  datasources: z.array(datasource).optional(),
  deleteDatasources: z
    .array(z.strictObject({ name: text, orgId: wholeNumber.optional() }))
    .optional(),
})

export type DatasourcesFile = z.infer<typeof datasourcesSchema>
export type Datasource = z.infer<typeof datasource>
