// Runs before each test file.
import { afterAll, inject } from 'vitest'
import './provided.ts'
import { cleanUp } from './cleanUp.ts'
import { startFrom } from './sluice.ts'

// Tests use servers of their own, whatever the environment names.
for (const name of Object.keys(process.env)) {
  if (/^(DATABASE_URL|PG[A-Z]+|KAFKA_|SLUICE_(?!KAFKA_JARS))/.test(name)) delete process.env[name]
}
process.env.KAFKA_BROKERS = inject('brokers').join(',')
startFrom(inject('compiled'))

afterAll(cleanUp)
