import { relative } from 'node:path'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/**
 * Prints `N passed, N failed, N skipped` on a line of its own when all is done, over all projects.
 * With CI=true a skipped test is a failure: a machine for tests has what they need. But not in tests/local/, which
 * is about what a machine has.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 }
    const skippedFiles = new Set<string>()
    for (const module of modules) {
      const before = counts.failed
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        // Pending: never begun, because the run was cancelled or its file broke down.
        counts[state === 'pending' ? 'failed' : state] += 1
        const file = relative(process.cwd(), module.moduleId)
        if (state === 'skipped' && !file.startsWith('tests/local/')) skippedFiles.add(file)
      }
      // A file or hook that failed outside of any test.
      if (module.state() === 'failed' && counts.failed === before) counts.failed += 1
    }
    if (process.env.CI === 'true' && skippedFiles.size > 0) {
      console.log(`Skipped with CI=true, where nothing may be: ${[...skippedFiles].join(', ')}`)
      process.exitCode = 1
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  }
}
