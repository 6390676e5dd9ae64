import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { projectFolder } from '../../cli/projectFolder.ts'
import type { Mutant } from './mutant.ts'
import { mutants } from './mutants.ts'

/**
 * Takes one rule after the other away, in a copy of the project, and runs the test that must notice. Ends with 1 when
 * a test stays green without its rule. `npm run mutants`, or with a part of a rule: `npm run mutants -- null`.
 */
const wanted = process.argv[2] ?? ''
const chosen = mutants.filter(({ rule, file }) => `${rule} ${file}`.includes(wanted))
const copy = mkdtempSync(join(tmpdir(), 'sluice-mutants-'))
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
process.on('SIGINT', () => process.exit(130))

copyProject()
let survivors = 0
for (const mutant of chosen) {
  const verdict = await tryMutant(mutant)
  if (verdict !== 'noticed') survivors += 1
  console.log(`${verdict.padEnd(9)} ${mutant.rule}  (${mutant.file} → ${mutant.test})`)
}
console.log(`${chosen.length - survivors} of ${chosen.length} rules are missed when they are gone.`)
process.exitCode = survivors === 0 ? 0 : 1

function copyProject(): void {
  const files = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    {
      cwd: projectFolder,
      encoding: 'utf8',
    },
  )
  for (const file of files.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(projectFolder, file), join(copy, file))
  }
  for (const folder of ['node_modules', '.sluice']) {
    symlinkSync(join(projectFolder, folder), join(copy, folder))
  }
}

async function tryMutant({ file, find, replace, test, title }: Mutant): Promise<string> {
  const path = join(copy, file)
  const original = readFileSync(path, 'utf8')
  if (original.split(find).length !== 2) {
    throw new Error(`${file} has ${original.split(find).length - 1} times, not once:\n${find}`)
  }
  writeFileSync(
    path,
    original.replace(find, () => replace),
  )
  try {
    const { code, output } = await runTest(test, title)
    if (code === 0) return 'SURVIVED'
    // a run that never came to its tests proves nothing
    return /Tests\s+[1-9]\d* failed/.test(output) ? 'noticed' : `BROKEN\n${output}`
  } finally {
    writeFileSync(path, original)
  }
}

function runTest(
  test: string,
  title: string | undefined,
): Promise<{ code: number; output: string }> {
  const args = ['vitest', 'run', '--project', 'installed', test, ...(title ? ['-t', title] : [])]
  const child = spawn('npx', args, {
    cwd: copy,
    env: { ...process.env, PROPERTY_SEED: '7', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? 1, output })))
}
