import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { applyCommand, planCommand, upCommand } from './apply.ts'
import { deadLettersCommand } from './deadLetters.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { generateCommand } from './generate.ts'
import { ingestCommand, refreshCommand, runCommand } from './loops.ts'
import { migrateCommand } from './migrate.ts'
import { projectFolder } from './projectFolder.ts'
import { replayCommand } from './replay.ts'
import { statusCommand } from './status.ts'
import { UserError } from './userError.ts'
import { verifyCommand } from './verify.ts'

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
  const commands = [
    migrateCommand,
    planCommand,
    applyCommand,
    upCommand,
    ingestCommand,
    refreshCommand,
    runCommand,
    statusCommand,
    verifyCommand,
    doctorCommand,
    deadLettersCommand,
    generateCommand,
    replayCommand,
    demoCommand,
  ]
  for (const command of commands) {
    program.addCommand(command())
  }
  try {
    await program.parseAsync(argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    console.error(error.message)
    return 1
  }
}
