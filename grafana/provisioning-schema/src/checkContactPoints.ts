import type { AlertingFile } from './alertingSchema.ts'
import { within, type Problem } from './problem.ts'

const secretKey = /password|passwd|secret|token|apikey|api_key|credentials|integrationkey/i

/** Types whose address is all that one needs to send to it. */
const secretAddress = new Set(['slack', 'discord', 'teams', 'googlechat', 'victorops', 'wecom'])

/** Where alerts are sent: no secret stands in the file, and every policy names a contact point of the file. */
export function checkContactPoints(file: AlertingFile): Problem[] {
  const points = file.contactPoints ?? []
  const names = points.map(({ name }) => name)
  return [
    ...points.flatMap(({ name, receivers }) =>
      receivers.flatMap(({ type, settings }) =>
        within(`contact point "${name}", ${type}`, secrets(type, settings)),
      ),
    ),
    ...receiversOf(file.policies ?? [])
      .filter((receiver) => names.length > 0 && !names.includes(receiver))
      .map((receiver) => unknownReceiver(receiver, names)),
  ]
}

function secrets(type: string, settings: Record<string, unknown>): Problem[] {
  const isSecret = (key: string, value: string) =>
    secretKey.test(key) || /:\/\/[^/]*@/.test(value) || (key === 'url' && secretAddress.has(type))
  return Object.entries(settings)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .filter(([key, value]) => isSecret(key, value) && !value.startsWith('$'))
    .map(([key]) => ({
      rule: 'secret-in-file',
      where: `settings.${key}`,
      what: 'A secret stands in the file.',
      found: 'a text',
      expected: '$VARIABLE',
      mend: 'Take it from the environment, and change the secret.',
    }))
}

type Policy = NonNullable<AlertingFile['policies']>[number]

function receiversOf(policies: readonly Policy[]): string[] {
  return policies.flatMap((policy) => [policy.receiver, ...receiversOf(policy.routes ?? [])])
}

function unknownReceiver(receiver: string, names: string[]): Problem {
  return {
    rule: 'contact-point-known',
    where: `policy of "${receiver}"`,
    what: 'It sends to a contact point that the file does not have.',
    found: `"${receiver}"`,
    expected: `one of ${names.join(', ')}`,
    mend: 'Correct the name, or add the contact point.',
  }
}
