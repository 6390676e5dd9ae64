// A process that starts servers, says so with a line, and holds them until it is ended.
// argv: data folder, then which servers: postgres, kafka
import { findOrStartKafka, findOrStartPostgres } from '../../local/servers.ts'
import { optionsFor } from './dataFolder.ts'

const [folder = '', ...servers] = process.argv.slice(2)
const options = optionsFor(folder)
const [postgres, kafka] = await Promise.all([
  servers.includes('postgres') ? findOrStartPostgres(options) : undefined,
  servers.includes('kafka') ? findOrStartKafka(options) : undefined,
])
console.log(JSON.stringify({ adminUrl: postgres?.adminUrl, brokers: kafka?.brokers }))
// Ends by itself, without stop(), when told to with a line.
process.stdin.once('data', () => process.exit(0))
