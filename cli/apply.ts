import { Command } from 'commander'
import { applyModels, type Change } from '../models/apply.ts'
import { readConfig, type Config } from './config.ts'
import { withDatabase } from './database.ts'
import { migrate } from './migrate.ts'

interface Options {
  prune?: boolean
  json?: boolean
}

export function planCommand(): Command {
  return new Command('plan')
    .description(
      'show what apply would change, and why; everything is tried on the server and rolled back',
    )
    .option('--prune', 'count models whose file is gone as dropped')
    .option('--json', 'report as JSON')
    .action(async (options: Options) => {
      print(
        await changeModels(readConfig(), { planOnly: true, prune: options.prune ?? false }),
        options,
        'would be changed',
      )
    })
}

export function applyCommand(): Command {
  return new Command('apply')
    .description(
      'make the models of the database what the files below views/ say: all of it or nothing',
    )
    .option('--prune', 'drop models whose file is gone')
    .option('--json', 'report as JSON')
    .action(async (options: Options) => {
      print(
        await changeModels(readConfig(), { planOnly: false, prune: options.prune ?? false }),
        options,
        'changed',
      )
    })
}

export function upCommand(): Command {
  return new Command('up')
    .description('migrate, then apply')
    .option('--prune', 'drop models whose file is gone')
    .option('--json', 'report as JSON')
    .action(async (options: Options) => {
      const config = readConfig()
      const { migrations } = await migrate(config)
      if (!options.json) for (const name of migrations) console.log(`migrated ${name}`)
      print(
        await changeModels(config, { planOnly: false, prune: options.prune ?? false }),
        options,
        'changed',
      )
    })
}

/** Plans or applies the models of all folders of views, as the owner of everything. */
export async function changeModels(
  config: Config,
  options: { planOnly: boolean; prune: boolean },
): Promise<Change[]> {
  return withDatabase(config, options.planOnly ? 'plan' : 'apply', 'sluice_owner', (client) =>
    applyModels(client, { folders: config.viewFolders, opsOnly: false, ...options }),
  )
}

function print(changes: Change[], { json }: Options, verb: string): void {
  if (json) {
    console.log(JSON.stringify(changes))
    return
  }
  const width = Math.max(0, ...changes.map((change) => change.model.length))
  for (const { action, model, kind, reason, path, strategy } of changes) {
    console.log(
      `${action.padEnd(8)} ${model.padEnd(width)}  ${kind.padEnd(12)}  ${reason}  (${path})`,
    )
    if (strategy) console.log(`${' '.repeat(9)}${strategy}`)
  }
  const changed = changes.filter((change) => change.action !== 'gone').length
  const models = changed === 1 ? '1 model' : `${changed} models`
  console.log(
    changed === 0 ? 'Nothing to do: the models are what the files say.' : `${models} ${verb}.`,
  )
}
