/** The things that have the same key, each group in their order. */
export function groupedBy<Thing>(things: readonly Thing[], key: (thing: Thing) => string) {
  const groups = new Map<string, Thing[]>()
  for (const thing of things) {
    const group = groups.get(key(thing))
    if (group) group.push(thing)
    else groups.set(key(thing), [thing])
  }
  return groups
}
