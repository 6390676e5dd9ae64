import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectFolder } from '../../cli/projectFolder.ts'

/** Compiles the command line into a new folder, as the image has it. Types are for `npm run types` to check. */
export async function compile(folder: string): Promise<void> {
  mkdirSync(join(folder, 'cli'), { recursive: true })
  for (const name of ['package.json', 'node_modules', 'migrations', 'views'])
    symlinkSync(join(projectFolder, name), join(folder, name))
  // a link would lead to the source beside it
  copyFileSync(join(projectFolder, 'cli/sluice.mjs'), join(folder, 'cli/sluice.mjs'))
  const compiler = join(projectFolder, 'node_modules/typescript/bin/tsc')
  const options = ['--project', 'tsconfig.build.json', '--noCheck', '--outDir', folder]
  await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: projectFolder })
}
