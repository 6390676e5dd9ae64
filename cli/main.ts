import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { projectFolder } from './projectFolder.ts'
import { UserError } from './userError.ts'

/** Each in its file, which is loaded when it is called: an ingester needs none of what the others bring. */
const commands: Record<string, () => Promise<() => Command>> = {
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  plan: async () => (await import('./apply.ts')).planCommand,
  apply: async () => (await import('./apply.ts')).applyCommand,
  up: async () => (await import('./apply.ts')).upCommand,
  ingest: async () => (await import('./loops.ts')).ingestCommand,
  refresh: async () => (await import('./loops.ts')).refreshCommand,
  run: async () => (await import('./loops.ts')).runCommand,
  status: async () => (await import('./status.ts')).statusCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  'dead-letters': async () => (await import('./deadLetters.ts')).deadLettersCommand,
  generate: async () => (await import('./generate.ts')).generateCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  demo: async () => (await import('./demo.ts')).demoCommand,
}

/** Runs the command line; returns the exit code. A user's mistake is one message on stderr and exit code 1. */
export async function main(argv: string[]): Promise<number> {
  const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    version: string
  }
  const program = new Command('sluice')
    .description(
      'Kafka topics become live metrics in PostgreSQL, and the only language you write is SQL.',
    )
    .version(version)
    .showHelpAfterError('(sluice --help lists the commands)')
  const called = argv[2] ?? ''
  const names = Object.hasOwn(commands, called) ? [called] : Object.keys(commands)
  for (const name of names) program.addCommand((await commands[name]!())())
  try {
    await program.parseAsync(argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    const explained = await explain(error)
    if (!explained) throw error
    console.error(explained.message)
    return 1
  }
}

async function explain(error: unknown): Promise<UserError | undefined> {
  if (error instanceof UserError) return error
  return (await import('./database.ts')).explainLoss(error)
}
