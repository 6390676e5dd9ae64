import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import type { PostgresKind } from './tests/support/provided.ts'

/** The same tests on one of the two PostgreSQLs: of the machine, or npm's. */
function project(postgresKind: PostgresKind, include: string[]): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: postgresKind,
      include,
      exclude: ['**/node_modules/**'],
      provide: { postgresKind },
      setupFiles: ['tests/support/setup.ts'],
    },
  }
}

export default defineConfig({
  test: {
    globalSetup: ['tests/support/globalSetup.ts'],
    reporters: ['default', './tests/support/reporter.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    projects: [
      project('installed', [
        'tests/**/*.test.ts',
        'grafana/provisioning-schema/tests/**/*.test.ts',
      ]),
      project('embedded', ['tests/{models,ops,ingest,refresh,views,endToEnd}/**/*.test.ts']),
    ],
  },
})
