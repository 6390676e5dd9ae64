/** One row of a model: its columns by name. */
export type Row = Record<string, string | number | null>

/** The items by what `key` says of them, in the order in which each key was first met. */
export function groupBy<Item>(items: Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

/** How many different values `value` gives. */
export function countDistinct<Item>(items: Item[], value: (item: Item) => string): number {
  return new Set(items.map(value)).size
}

export function sumBy<Item>(items: Item[], value: (item: Item) => bigint): bigint {
  return items.reduce((sum, item) => sum + value(item), 0n)
}

/**
 * The rows in ascending order of these columns; text by its code units, whatever the server's
 * collation. Null comes first.
 */
export function sortedBy(rows: Row[], columns: readonly string[]): Row[] {
  return rows.toSorted((a, b) => {
    for (const column of columns) {
      const left = a[column] ?? ''
      const right = b[column] ?? ''
      if (left !== right) return left < right ? -1 : 1
    }
    return 0
  })
}
