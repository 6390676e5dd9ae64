import { activity } from './activity.ts'
import { clickstream } from './clickstream/clickstream.ts'
import type { Domain } from './domain.ts'
import { ecommerce } from './ecommerce.ts'
import { marketing } from './marketing.ts'
import { sales } from './sales.ts'

/** Every domain there is. Taking one out: delete its file and its lines here. */
export const domains: readonly Domain[] = [marketing, clickstream, ecommerce, sales, activity]
