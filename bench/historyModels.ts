import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { engineViews, packageViews } from '../cli/viewFolders.ts'
import { projectFolder } from '../cli/projectFolder.ts'
import { applyModels } from '../models/apply.ts'

/** The shop's own models of this kind: merged, and regrouped by a key. */
const ofShop = [
  'sources.sql',
  'silver/page_views.sql',
  'silver/cart_events.sql',
  'silver/searches.sql',
  'silver/purchases.sql',
  'gold/user_activity.sql',
  'gold/product_views.sql',
  'gold/hourly_sales.sql',
  'gold/session_carts.sql',
]

/** A folder of views with two more, regrouped by hour and within a reach. */
export const historyViews = join(projectFolder, 'bench/history')

/** Applies some of the shop's models, and those of bench/history/. */
export async function applyShop(owner: pg.Client): Promise<void> {
  const shop = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    for (const path of ofShop) {
      cpSync(join(packageViews, 'ecommerce', path), join(shop, 'shop', path))
    }
    const folders = [engineViews, shop, historyViews]
    await applyModels(owner, { folders, planOnly: false, prune: false, opsOnly: false })
  } finally {
    rmSync(shop, { recursive: true, force: true })
  }
}
