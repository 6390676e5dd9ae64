import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectFolder } from '../../cli/projectFolder.ts'
import { mutants } from './mutants.ts'

test.each(mutants)('$rule: the rule stands in $file, and its test exists', (mutant) => {
  const { file, find, replace, test: testFile, title } = mutant
  const text = readFileSync(join(projectFolder, file), 'utf8')
  expect(text.split(find)).toHaveLength(2)
  expect(replace).not.toBe(find)
  expect(existsSync(join(projectFolder, testFile))).toBe(true)
  const tests = readFileSync(join(projectFolder, testFile), 'utf8')
  if (title) expect(tests).toContain(title)
})
