import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
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
const ours = ['page_durations.sql', 'user_visits.sql']

/** Applies some of the shop's models, and those of bench/history/. */
export async function applyShop(owner: pg.Client): Promise<void> {
  await withModelsOfHistory(async (folder) => {
    for (const path of ofShop) {
      cpSync(join(projectFolder, 'views/ecommerce', path), join(folder, 'shop', path))
    }
    const folders = [join(projectFolder, 'views/ops'), folder]
    await applyModels(owner, { folders, planOnly: false, prune: false, opsOnly: false })
  })
}

/** Runs `work` with a folder of models that has those of bench/history/, and is removed afterwards. */
export async function withModelsOfHistory(
  work: (folder: string) => Promise<unknown>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    for (const path of ours) {
      cpSync(join(projectFolder, 'bench/history', path), join(folder, 'shop/gold', path))
    }
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
