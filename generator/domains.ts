import type { Domain } from './domain.ts'
import { ecommerce } from './ecommerce.ts'

/** Every domain there is. Taking one out: delete its file and its line here. */
export const domains: readonly Domain[] = [ecommerce]
