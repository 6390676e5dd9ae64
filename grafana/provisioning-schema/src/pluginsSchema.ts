import { z } from 'zod'
import { anything, apiVersion, text, wholeNumber, yesOrNo } from './provisioningFields.ts'

/** A file under provisioning/plugins. */
export const pluginsSchema = z.strictObject({
  apiVersion,
  apps: z.array(
    z.strictObject({
      type: text,
      org_id: wholeNumber.optional(),
      org_name: text.optional(),
      disabled: yesOrNo.optional(),
      jsonData: anything.optional(),
      secureJsonData: z.record(z.string(), text).optional(),
    }),
  ),
})
