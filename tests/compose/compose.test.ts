import { existsSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { demoCommand } from '../../cli/demo.ts'
import { domainNames } from '../../generator/index.ts'
import {
  isInBuildContext,
  projectFolder,
  readCompose,
  readDockerfile,
  readProjectFile,
  volumeParts,
} from './composeFile.ts'

const compose = readCompose()
const services = Object.entries(compose.services)
const mounts = services.flatMap(([service, { volumes = [] }]) =>
  volumes.map((volume) => ({ service, ...volumeParts(volume) })),
)
const isPath = ({ source }: { source: string }) => source.startsWith('.')

/** Services that others wait for to end. */
const oneShot = new Set(
  services
    .flatMap(([, { depends_on = {} }]) => Object.entries(depends_on))
    .filter(([, { condition }]) => condition === 'service_completed_successfully')
    .map(([name]) => name),
)

test('the file is valid by the compose specification', () => {
  const schema = JSON.parse(readProjectFile('tests/compose/compose-spec.json')) as object
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema)
  validate(compose)
  expect(validate.errors).toBeNull()
})

test('it starts Kafka, PostgreSQL, both loops, a generator and Grafana, once the database is migrated', () => {
  expect(Object.keys(compose.services).sort()).toEqual([
    'generator',
    'grafana',
    'kafka',
    'migrate',
    'postgres',
    'sluice-ingest',
    'sluice-refresh',
  ])
  expect([...oneShot]).toEqual(['migrate'])
})

test.each(services)(
  '%s waits only for services that exist, each with a condition',
  (_, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty([name])
      expect(condition, name).toBe(
        oneShot.has(name) ? 'service_completed_successfully' : 'service_healthy',
      )
    }
  },
)

test.each(services.filter(([name]) => !oneShot.has(name)))(
  '%s runs on, so it has a healthcheck and is restarted',
  (_, { healthcheck, restart }) => {
    expect(healthcheck?.test[0]).toBe('CMD')
    expect(restart).toBe('unless-stopped')
  },
)

test('the generator makes what npm start makes: all domains, at the same rate', () => {
  const optionOf = (name: string) =>
    demoCommand().options.find(({ long }) => long === name)?.defaultValue as string
  expect(compose.services['generator']!.command).toEqual([
    'generate',
    '--domain',
    `\${GENERATOR_DOMAINS:-${optionOf('--domain')}}`,
    '--rate',
    `\${GENERATOR_RATE:-${optionOf('--rate')}}`,
  ])
})

test('the ingester has a key for every hash that a source asks for', () => {
  const sources = domainNames.map((domain) => readProjectFile(`views/${domain}/sources.sql`))
  expect(sources.join('')).toMatch(/"hash"/)
  expect(compose.services['sluice-ingest']!.environment).toHaveProperty('SLUICE_REDACT_KEY')
})

test('every named volume is declared, and every declared one is used', () => {
  const used = mounts.filter((mount) => !isPath(mount)).map(({ source }) => source)
  expect(used.sort()).toEqual(Object.keys(compose.volumes).sort())
})

test('every mounted path is in the repository, and read-only', () => {
  const paths = mounts.filter(isPath)
  expect(paths).not.toHaveLength(0)
  for (const { source, mode } of paths) {
    expect(existsSync(join(projectFolder, source)), source).toBe(true)
    expect(mode, source).toBe('ro')
  }
})

test('passwords stand only as variables with a local default', () => {
  const secrets = services
    .flatMap(([, { environment = {} }]) => Object.entries(environment))
    .filter(([name]) => /PASSWORD|SECRET|TOKEN|CREDENTIAL/.test(name))
  expect(secrets).not.toHaveLength(0)
  for (const [name, value] of secrets) expect(value, name).toMatch(/^\$\{[A-Z_]+:-[^}]+\}$/)
  expect(readProjectFile('docker-compose.yml')).not.toMatch(/:\/\/[^/\s]*:[^/\s]*@/)
})

test('a variable has the same default wherever it stands', () => {
  const defaults = new Map<string, Set<string>>()
  const found = readProjectFile('docker-compose.yml').matchAll(/\$\{([A-Z_]+):-([^}]+)\}/g)
  for (const [, name = '', value = ''] of found) {
    defaults.set(name, (defaults.get(name) ?? new Set()).add(value))
  }
  expect(defaults.size).toBeGreaterThan(0)
  for (const [name, values] of defaults) expect([...values], name).toHaveLength(1)
})

test('published ports are open on this machine alone', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? [])
  expect(ports).not.toHaveLength(0)
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
})

test('every image is pinned to a version, and every build names a stage of the Dockerfile', () => {
  const { stages } = readDockerfile()
  for (const [name, { image, build }] of services) {
    if (build) expect(stages, name).toContain(build.target)
    else expect(image, name).toMatch(/:\d+\.\d+\.\d+$/)
  }
})

test('what the Dockerfile copies is in the repository and not ignored by the build', () => {
  const { copied } = readDockerfile()
  expect(copied).not.toHaveLength(0)
  for (const path of copied) {
    expect(existsSync(join(projectFolder, path)), path).toBe(true)
    expect(isInBuildContext(path), path).toBe(true)
  }
})

test('the build leaves out what is not for images', () => {
  for (const path of ['.env', '.git', '.sluice/local.json', 'node_modules', 'tests']) {
    expect(isInBuildContext(path), path).toBe(false)
  }
})

test('every folder that is compiled is copied into the build', () => {
  const { include } = JSON.parse(readProjectFile('tsconfig.build.json')) as { include: string[] }
  expect(readDockerfile().copied).toEqual(expect.arrayContaining(include))
})

test('Grafana gets every variable that its provisioning reads, and nothing else of ours', () => {
  // provisioning/alerting is a link, which a recursive listing does not follow
  const read = ['grafana/provisioning', 'grafana/alerting']
    .flatMap((folder) =>
      readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.ya?ml$/.test(file))
        .map((file) => readProjectFile(`${folder}/${file}`).replaceAll(/^\s*#.*$/gm, '')),
    )
    .flatMap((text) => [...text.matchAll(/\$\{?(SLUICE_[A-Z_]+)/g)].map(([, name]) => name!))
  const environment = compose.services['grafana']!.environment!
  const given = Object.keys(environment).filter((name) => name.startsWith('SLUICE_'))
  expect(given.sort()).toEqual([...new Set(read)].sort())
})

test('Grafana finds its settings, provisioning and dashboards in what is mounted', () => {
  const mounted = mounts.filter((mount) => mount.service === 'grafana' && isPath(mount))
  const environment = compose.services['grafana']!.environment!
  const names = ['GF_PATHS_CONFIG', 'GF_PATHS_PROVISIONING', 'SLUICE_GRAFANA_DASHBOARDS']
  for (const name of names) {
    const path = environment[name]!
    const mount = mounted.find(({ target }) => path.startsWith(`${target}/`))
    const inRepository = posix.join(mount?.source ?? '', path.slice(mount?.target.length))
    expect(existsSync(join(projectFolder, inRepository)), `${name}=${path}`).toBe(true)
  }
})
