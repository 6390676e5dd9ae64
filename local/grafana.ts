import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './freePort.ts'
import { readState, rememberPort } from './localState.ts'
import { startWatched } from './watchedServer.ts'

export interface LocalGrafana {
  url: string
  logFile: string
  stop(): Promise<void>
}

export interface GrafanaOptions {
  dataFolder: string
  env: NodeJS.ProcessEnv
  /** The folder with grafana.ini, provisioning/ and dashboards/. */
  settingsFolder: string
  /** What the data source connects to, as grafana_reader. */
  databaseUrl: string
  signal?: AbortSignal
}

interface Installed {
  binary: string
  home: string
}

const usualHomes = [
  '/usr/share/grafana',
  '/opt/grafana',
  '/usr/local/share/grafana',
  '/opt/homebrew/share/grafana',
]
const startMs = 60_000

/**
 * Starts the Grafana that is installed on this machine, provisioned with our dashboards, on 127.0.0.1.
 * Undefined when there is none: it is never fetched. Where it is: GRAFANA_HOME, PATH, or one of the usual places.
 */
export async function startGrafana(options: GrafanaOptions): Promise<LocalGrafana | undefined> {
  const installed = findGrafana(options.env)
  if (!installed) return undefined
  const { dataFolder, settingsFolder } = options
  const data = join(dataFolder, 'grafana')
  mkdirSync(join(data, 'plugins'), { recursive: true })
  const port = await freePort(readState(dataFolder).ports['grafana'] ?? 3000)
  rememberPort(dataFolder, 'grafana', port)
  const logFile = join(dataFolder, 'logs', 'grafana.log')
  const server = await startWatched({
    name: 'Grafana',
    command: installed.binary,
    args: ['server', '--homepath', installed.home, '--config', join(settingsFolder, 'grafana.ini')],
    env: {
      PATH: options.env['PATH'] ?? '',
      GF_PATHS_DATA: data,
      GF_PATHS_LOGS: join(data, 'log'),
      GF_PATHS_PLUGINS: join(data, 'plugins'),
      GF_PATHS_PROVISIONING: join(settingsFolder, 'provisioning'),
      GF_LOG_MODE: 'console',
      GF_SERVER_HTTP_PORT: String(port),
      GF_SECURITY_ADMIN_PASSWORD: readState(dataFolder).adminPassword,
      ...databaseSettings(options.databaseUrl),
      SLUICE_GRAFANA_DASHBOARDS: join(settingsFolder, 'dashboards'),
    },
    logFile,
    pidFile: join(dataFolder, 'grafana.pid'),
    stopSignal: 'SIGTERM',
  })
  const url = `http://127.0.0.1:${port}`
  if (await answers(url, () => server.isRunning() && !options.signal?.aborted)) {
    return { url, logFile, stop: () => server.stop() }
  }
  await server.stop()
  return undefined
}

function databaseSettings(databaseUrl: string): Record<string, string> {
  const { hostname, port, pathname, username, password, searchParams } = new URL(databaseUrl)
  return {
    SLUICE_GRAFANA_DB_HOST: `${hostname}:${port || '5432'}`,
    SLUICE_GRAFANA_DB_NAME: decodeURIComponent(pathname.slice(1)),
    SLUICE_GRAFANA_DB_USER: decodeURIComponent(username),
    SLUICE_GRAFANA_DB_PASSWORD: decodeURIComponent(password),
    SLUICE_GRAFANA_DB_SSLMODE: searchParams.get('sslmode') ?? 'disable',
  }
}

function findGrafana(env: NodeJS.ProcessEnv): Installed | undefined {
  const isHome = (home: string) =>
    existsSync(join(home, 'conf', 'defaults.ini')) && existsSync(join(home, 'public'))
  const inPath = (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'grafana'))
  const given = env['GRAFANA_HOME'] ? [env['GRAFANA_HOME']] : []
  const homes = [...given, ...usualHomes]
  const binaries = [
    ...homes.map((home) => join(home, 'bin', 'grafana')),
    ...inPath,
    '/usr/sbin/grafana',
  ]
  for (const binary of binaries.filter((file) => existsSync(file))) {
    const own = dirname(dirname(realpathSync(binary)))
    const home = [own, ...homes].find(isHome)
    if (home) return { binary, home }
  }
  return undefined
}

async function answers(url: string, goesOn: () => boolean): Promise<boolean> {
  const end = performance.now() + startMs
  while (goesOn() && performance.now() < end) {
    const isUp = await fetch(`${url}/api/health`).then(
      (response) => response.ok,
      () => false,
    )
    if (isUp) return true
    await wait(200)
  }
  return false
}
