import { Command } from 'commander'
import pg from 'pg'
import { readConfig, type Config } from './config.ts'
import { requireMigrated, withDatabase } from './database.ts'
import { redactedMend, type Mend } from './deadLetters/mend.ts'
import { choosing, filterOf, wholeNumber, type Chosen } from './deadLetters/options.ts'
import { lettersText, listDeadLetters, showDeadLetters } from './deadLetters/read.ts'
import { formatTable } from './table.ts'
import { UserError } from './userError.ts'

/** `sluice dead-letters`: events that could not be taken: to look at, to try again, to give up. */
export function deadLettersCommand(): Command {
  return new Command('dead-letters')
    .description('events that could not be stored or parsed: list, show, replay or discard them')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(replayCommand())
    .addCommand(discardCommand())
}

function listCommand(): Command {
  return choosing(new Command('list'))
    .description('dead letters with coordinates and reason, the newest first')
    .argument('[topic]', 'of this topic only')
    .option('--limit <count>', 'at most so many', wholeNumber, 50)
    .action(
      async (topic: string | undefined, { limit, json, ...chosen }: Chosen & { limit: number }) => {
        const { letters, total } = await withDeadLetters((client) =>
          listDeadLetters(client, { topic, ...filterOf(chosen) }, limit),
        )
        if (json) console.log(JSON.stringify(letters))
        else if (letters.length === 0) console.log('No dead letters.')
        else for (const line of formatTable(letters)) console.log(line)
        if (!json && total > letters.length) {
          console.log(`${total - letters.length} more; --limit ${total} shows all of them.`)
        }
      },
    )
}

function showCommand(): Command {
  return choosing(new Command('show'))
    .description('dead letters whole: key, headers, payload, reason')
    .argument('<topic>')
    .action(async (topic: string, { json, ...chosen }: Chosen) => {
      const letters = await withDeadLetters((client) =>
        showDeadLetters(client, { topic, ...filterOf(chosen) }),
      )
      if (letters.length === 0) throw nothingChosen(topic)
      if (json) console.log(JSON.stringify(letters))
      else for (const line of lettersText(letters)) console.log(line)
    })
}

function replayCommand(): Command {
  return choosing(new Command('replay'), 'ingest')
    .description('store events again, in their own place; all that are chosen, or none')
    .argument('<topic>')
    .option('--all', 'all letters of the topic and stage')
    .option(
      '--payload <json>',
      'a mended payload for one event; @FILE reads it from a file, - from standard input',
    )
    .option('--key <text>', 'a mended key for one event')
    .option('--kafka-at <time>', 'a mended time for one event')
    .action(async (topic: string, options: Chosen & Mend & { all?: boolean }) => {
      await settle('replay', topic, options, (client, config) =>
        redactedMend(client, config, topic, options),
      )
    })
}

function discardCommand(): Command {
  return choosing(new Command('discard'), 'ingest')
    .description('give events up, with their bytes; ops.settled_letters remembers which')
    .argument('<topic>')
    .option('--all', 'all letters of the topic and stage')
    .action(async (topic: string, options: Chosen & { all?: boolean }) => {
      await settle('discard', topic, options)
    })
}

async function settle(
  verb: 'replay' | 'discard',
  topic: string,
  { all, json, ...chosen }: Chosen & { all?: boolean },
  mendOf: (client: pg.Client, config: Config) => Promise<(string | null)[]> = () =>
    Promise.resolve([]),
): Promise<void> {
  const { stage, partition, offset, generation, sqlstate } = filterOf(chosen)
  const filters = [partition, offset, generation, sqlstate]
  if (!all && filters.every((filter) => filter === null)) {
    throw new UserError(
      `Which dead letters of ${topic}? Give --offset, --partition, --generation or --sqlstate, or --all.`,
    )
  }
  const count = await withDeadLetters(async (client, config) => {
    const values = [topic, stage, ...filters, ...(await mendOf(client, config))]
    const places = values.map((_, index) => `$${index + 1}`).join(', ')
    const { rows } = await client.query<{ count: string }>(
      `select ops.${verb}_dead_letters(${places}) as count`,
      values,
    )
    return Number(rows[0]!.count)
  })
  if (count === 0) throw nothingChosen(topic, stage)
  const past = verb === 'replay' ? 'replayed' : 'discarded'
  if (json) console.log(JSON.stringify({ [past]: count }))
  else console.log(`${count} ${count === 1 ? 'dead letter' : 'dead letters'} ${past}.`)
}

async function withDeadLetters<T>(
  work: (client: pg.Client, config: Config) => Promise<T>,
): Promise<T> {
  const config = readConfig()
  return withDatabase(config, 'dead-letters', undefined, async (client) => {
    await requireMigrated(client)
    try {
      return await work(client, config)
    } catch (error) {
      throw explain(error, client)
    }
  })
}

/** What Sluice's own functions complain of (SL…), what PostgreSQL says of an argument, and missing rights. */
function explain(error: unknown, { user }: pg.Client): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  const { code = '', message, hint } = error
  const mend =
    code === '42501'
      ? `${user} needs to be a member of sluice_owner, or the grant that docs/ingest.md shows.`
      : hint
  if (!/^(SL|22|23|42501)/.test(code)) return error
  return new UserError([`${message}.`, mend].filter(Boolean).join(' '), { cause: error })
}

/** `stage`: the only one that was looked at. */
const nothingChosen = (topic: string, stage: string | null = null) =>
  new UserError(
    [
      `No dead letter of ${topic}${stage === null ? '' : ` at ${stage}`} is what you chose. See sluice dead-letters list ${topic}.`,
      ...(stage === 'ingest'
        ? ['Those of a model are chosen by --stage, as --stage silver.orders.']
        : []),
    ].join(' '),
  )
