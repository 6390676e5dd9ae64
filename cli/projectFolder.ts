import { fileURLToPath } from 'node:url'

/** The folder that holds migrations/, views/ and grafana/: the checkout, or the package. */
export const projectFolder = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
