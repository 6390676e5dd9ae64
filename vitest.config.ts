import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import type { PostgresKind } from './tests/support/provided.ts'
import { LongestWaitFirst } from './tests/support/sequencer.ts'

/** The same tests on one of the two PostgreSQLs: of the machine, or npm's. */
function project(
  postgresKind: PostgresKind,
  include: string[],
  exclude: string[] = [],
): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: postgresKind,
      include,
      exclude: ['**/node_modules/**', ...exclude],
      provide: { postgresKind },
      setupFiles: ['tests/support/setup.ts'],
    },
  }
}

/** What these wait for is Kafka, a process, the network or a folder of files, whatever the PostgreSQL: one is enough. */
const waitingForOthers = [
  'tests/endToEnd/kill.test.ts',
  'tests/ingest/{codecs,connections,endpoints,endpointsFaults,fencing,growing}.test.ts',
  'tests/ingest/{recreatedTopic,redactionProof,security,silentBroker}.test.ts',
  'tests/ingest/files/**',
]

export default defineConfig({
  test: {
    globalSetup: ['tests/support/globalSetup.ts'],
    reporters: ['default', './tests/support/reporter.ts'],
    sequence: { sequencer: LongestWaitFirst },
    pool: 'forks',
    // A worker keeps the modules it has loaded: a sixth of the whole time. Nothing here is mocked.
    isolate: false,
    // One more than a core each: some tests wait for Kafka to give up a killed client, or for pg_cron's minute.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 120_000,
    hookTimeout: 180_000,
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
