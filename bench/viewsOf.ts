import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from '../cli/projectFolder.ts'

/** The folders of views to apply for some of the example domains, with the engine and what domains share. */
export function viewsOf(...domains: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-views-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['shared', ...domains]) {
    cpSync(join(projectFolder, 'views', name), join(folder, name), { recursive: true })
  }
  return [join(projectFolder, 'views/ops'), folder]
}
