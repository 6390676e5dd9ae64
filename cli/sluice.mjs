#!/usr/bin/env node
// Starts the command line: from source through tsx, from a build (no main.ts beside it) directly.
import { existsSync } from 'node:fs'

const fromSource = existsSync(new URL('./main.ts', import.meta.url))
if (fromSource) {
  const { register } = await import('tsx/esm/api')
  register()
}
const { main } = await import(fromSource ? './main.ts' : './main.js')
process.exitCode = await main(process.argv)
