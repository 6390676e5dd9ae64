import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Looks for card numbers in all files below a folder (or in one file), in each form in which a server may hold them:
 * as text, with a byte between any two digits (a separator, or what pglz puts there), as digits of a numeric, in hex,
 * and in base64. Returns those that were found.
 */
export function findCards(path: string, cards: string[]): Set<string> {
  const patterns = cards.map((card) => ({
    card,
    forms: formsOf(card).map((form) => new RegExp(form, 's')),
  }))
  const found = new Set<string>()
  for (const file of filesBelow(path)) {
    const text = readFileSync(file, 'latin1')
    for (const { card, forms } of patterns) {
      if (!found.has(card) && forms.some((form) => form.test(text))) found.add(card)
    }
  }
  return found
}

function filesBelow(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      filesBelow(join(path, entry.name)),
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [path]
    throw error
  }
}

function formsOf(card: string): string[] {
  const gap = '.?'
  const numeric = Buffer.alloc(8)
  for (const [index, group] of card.match(/\d{4}/g)!.entries()) {
    numeric.writeUInt16LE(Number(group), index * 2)
  }
  const written = ['', ' ', '-'].map((separator) => card.match(/\d{4}/g)!.join(separator))
  return [
    [...card].join(gap),
    [...numeric].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(gap),
    ...written.map((text) => Buffer.from(text).toString('hex')),
    ...written.flatMap((text) => [0, 1, 2].map((before) => base64Within(text, before))),
  ]
}

/** What base64 makes of a text that stands somewhere, by its place in a group of three bytes. */
function base64Within(text: string, before: number): string {
  const whole = text.slice(before, before + Math.floor((text.length - before) / 3) * 3)
  return Buffer.from(whole).toString('base64').replaceAll('+', '\\+')
}
