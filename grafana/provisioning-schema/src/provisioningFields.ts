import { z } from 'zod'

// Grafana ignores keys that it does not know, so that a typing mistake goes unnoticed: all of
// these objects are strict. Any value may come from the environment, as $NAME or ${NAME}.

const variable = /^\$/

export const text = z.string().trim().min(1, 'a text that is not empty')

export const wholeNumber = z.union([z.int().nonnegative(), z.string().regex(variable)], {
  error: 'a whole number from 0 on, or $VARIABLE',
})

export const yesOrNo = z.union([z.boolean(), z.string().regex(variable)], {
  error: 'true, false or $VARIABLE',
})

export const uid = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,40}$/, 'a uid of 1 to 40 letters, digits, "-" and "_"')

export const duration = z
  .string()
  .regex(/^(\d+(ms|[smhdwy]))+$/, 'a duration such as 30s, 5m or 1h30m')

export const apiVersion = z.literal(1, { error: '1: without it Grafana reads an outdated format' })

export const anything = z.record(z.string(), z.unknown())
