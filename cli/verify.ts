import { Command } from 'commander'
import { verifyModels, type Verdict } from '../models/verify.ts'
import { readConfig } from './config.ts'
import { requireMigrated, withDatabase } from './database.ts'
import { formatTable } from './table.ts'

/** `sluice verify [model…]`: exit code 1 when a stored row is not what the definition gives. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'compute models in tables anew from their definitions and compare; exit code 1 on any difference',
    )
    .argument('[model...]', 'as gold.hourly_sales; default: all')
    .option('--json', 'report as JSON')
    .action(async (names: string[], { json }: { json?: boolean }) => {
      const verdicts = await withDatabase(
        readConfig(),
        'verify',
        'sluice_owner',
        async (client) => {
          await requireMigrated(client)
          return verifyModels(client, names)
        },
      )
      if (json) console.log(JSON.stringify(verdicts))
      else for (const line of lines(verdicts)) console.log(line)
      if (verdicts.some(({ outcome }) => outcome === 'different' || outcome === 'failed'))
        process.exitCode = 1
    })
}

function lines(verdicts: Verdict[]): string[] {
  if (verdicts.length === 0) return ['No model is kept in a table: nothing to compare.']
  const count = (outcome: Verdict['outcome']) =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length
  return [
    ...formatTable(
      verdicts.map(({ model, kind, outcome, message }) => ({ outcome, model, kind, message })),
    ),
    `${count('equal')} equal, ${count('different')} different, ${count('not compared')} not compared${count('failed') > 0 ? `, ${count('failed')} failed` : ''}.`,
  ]
}
