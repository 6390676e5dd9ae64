import { z } from 'zod'
import { apiVersion, text, uid, wholeNumber, yesOrNo } from './provisioningFields.ts'

const provider = z.strictObject({
  name: text,
  type: z.literal('file').optional(),
  orgId: wholeNumber.optional(),
  folder: z.string().optional(),
  folderUid: uid.optional(),
  editable: yesOrNo.optional(),
  disableDeletion: yesOrNo.optional(),
  updateIntervalSeconds: wholeNumber.optional(),
  allowUiUpdates: yesOrNo.optional(),
  options: z.strictObject({
    path: text,
    foldersFromFilesStructure: yesOrNo.optional(),
  }),
})

/** A file under provisioning/dashboards. */
export const providersSchema = z.strictObject({
  apiVersion,
  providers: z.array(provider).min(1, 'at least one provider'),
})

export type ProvidersFile = z.infer<typeof providersSchema>
