/** Rows as aligned text: words to the left, numbers to the right, null as a dash. Empty without rows. */
export function formatTable(rows: Record<string, unknown>[]): string[] {
  const names = Object.keys(rows[0] ?? {})
  if (names.length === 0) return []
  const texts = rows.map((row) => names.map((name) => cellText(row[name])))
  const widths = names.map((name, i) =>
    Math.max(name.length, ...texts.map((row) => row[i]!.length)),
  )
  const isNumber = names.map((_, i) => texts.every((row) => /^(–|-?[\d.,]+( %)?)$/.test(row[i]!)))
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(names), ...texts.map(line)]
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' ? value : JSON.stringify(value)
}
