import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url))

export interface Service {
  image?: string
  build?: { context: string; target: string }
  command?: string[]
  restart?: string
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  healthcheck?: { test: string[] }
  depends_on?: Record<string, { condition: string }>
}

export interface ComposeFile {
  services: Record<string, Service>
  volumes: Record<string, unknown>
}

export function readProjectFile(path: string): string {
  return readFileSync(`${projectFolder}/${path}`, 'utf8')
}

/** docker-compose.yml with its anchors and merges resolved, its variables as they stand. */
export function readCompose(): ComposeFile {
  return parse(readProjectFile('docker-compose.yml'), { merge: true }) as ComposeFile
}

/**
 * A volume `source:target[:mode]`; a source that begins with "." is a path, else the name of a
 * volume.
 */
export function volumeParts(volume: string): { source: string; target: string; mode: string } {
  const [source = '', target = '', mode = 'rw'] = volume.split(':')
  return { source, target, mode }
}

/** Stages and copied paths of a Dockerfile. */
export function readDockerfile(): { stages: string[]; copied: string[] } {
  const lines = readProjectFile('Dockerfile').split('\n')
  const stages = lines.flatMap((line) => /^FROM \S+ AS (\S+)$/.exec(line)?.[1] ?? [])
  const copied = lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(' ').slice(1, -1))
  return { stages, copied }
}

/**
 * Whether .dockerignore lets a path into the build: the last rule that matches it or a folder above
 * it decides.
 */
export function isInBuildContext(path: string): boolean {
  const rules = readProjectFile('.dockerignore')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
  const isMatch = (rule: string) => rule === '*' || path === rule || path.startsWith(`${rule}/`)
  const last = rules.findLast((rule) => isMatch(rule.replace('!', '')))
  return last === undefined || last.startsWith('!')
}
