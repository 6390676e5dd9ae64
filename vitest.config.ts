import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import type { PostgresKind } from './tests/support/provided.ts'
import { LongestWaitFirst } from './tests/support/sequencer.ts'

/** What a project does not take from the whole. */
const each = {
  // A worker keeps the modules it has loaded: a sixth of the whole time. Nothing here is mocked.
  isolate: false,
  testTimeout: 120_000,
  hookTimeout: 180_000,
} satisfies TestProjectInlineConfiguration['test']

/** The same tests on one of the two PostgreSQLs: of the machine, or npm's. */
function project(
  postgresKind: PostgresKind,
  include: string[],
  exclude: string[] = [],
): TestProjectInlineConfiguration {
  return {
    test: {
      ...each,
      name: postgresKind,
      include,
      exclude: ['**/node_modules/**', ...exclude],
      provide: { postgresKind },
      setupFiles: ['tests/support/setup.ts'],
    },
  }
}

/**
 * What these wait for is Kafka, a process, the network, a folder of files or time, whatever the PostgreSQL: one is enough.
 * The first has topics of fixed names as well.
 */
const waitingForOthers = [
  'tests/endToEnd/ecommerce.test.ts',
  'tests/endToEnd/kill.test.ts',
  'tests/ingest/{codecs,connections,endpoints,endpointsFaults,fencing,growing}.test.ts',
  'tests/ingest/{recreatedTopic,redactionProof,security,silentBroker}.test.ts',
  'tests/ingest/files/**',
  'tests/models/applyStopped.test.ts',
  'tests/ticks/slow.test.ts',
]

export default defineConfig({
  test: {
    // not for each project: they would start servers of their own
    globalSetup: ['tests/support/globalSetup.ts'],
    reporters: ['default', './tests/support/reporter.ts'],
    sequence: { sequencer: LongestWaitFirst },
    pool: 'forks',
    // Two more than a core each: some tests wait for Kafka to give up a killed client, or for pg_cron's minute.
    maxWorkers: availableParallelism() + 2,
    teardownTimeout: 60_000,
    projects: [
      project('installed', [
        'tests/**/*.test.ts',
        'grafana/provisioning-schema/tests/**/*.test.ts',
      ]),
      project(
        'embedded',
        ['tests/{models,ops,ingest,refresh,ticks,views,properties,endToEnd}/**/*.test.ts'],
        [
          // npm's PostgreSQL has no pg_cron.
          'tests/ops/cron.test.ts',
          ...waitingForOthers,
        ],
      ),
    ],
  },
})
