import { InvalidArgumentError, Option, type Command } from 'commander'
import type { Filter } from './read.ts'

/** What the options that choose dead letters give. */
export interface Chosen {
  stage: string
  partition?: number
  offset?: string[]
  generation?: number
  sqlstate?: string
  json?: boolean
}

/** Gives a command the options that choose dead letters, with a default for the stage where one is given. */
export function choosing(command: Command, stage?: string): Command {
  const stages = new Option('--stage <name>', 'ingest, or the model that could not take the event')
  return command
    .addOption(stage === undefined ? stages : stages.default(stage))
    .option('--partition <number>', 'of this partition', wholeNumber)
    .option('--offset <numbers>', 'with these offsets, with commas between them', offsets)
    .option('--generation <number>', 'of this generation of the source', wholeNumber)
    .option('--sqlstate <code>', 'with this SQLSTATE')
    .option('--json', 'report as JSON')
}

export function filterOf({
  stage,
  partition,
  offset,
  generation,
  sqlstate,
}: Omit<Chosen, 'json'>): Filter {
  return {
    stage: stage ?? null,
    partition: partition ?? null,
    offset: offset ?? null,
    generation: generation ?? null,
    sqlstate: sqlstate ?? null,
  }
}

export function wholeNumber(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('Expected a whole number.')
}

/** Offsets stay text: they may be larger than a JavaScript number is exact. */
function offsets(value: string, before: string[] = []): string[] {
  const given = value.split(',').filter(Boolean)
  if (given.length > 0 && given.every((offset) => /^\d{1,18}$/.test(offset)))
    return [...before, ...given]
  throw new InvalidArgumentError('Expected offsets, such as 12 or 12,15.')
}
