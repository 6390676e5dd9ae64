import type { Random } from './random.ts'

/** Picks one of a fixed list of things, each as often as its weight says. */
export interface Weighted<Thing> {
  pick(random: Random): Thing
}

/** Vose's alias method: one random number and two look-ups a pick, however many things there are. */
export function weighted<Thing>(
  things: readonly Thing[],
  weights: readonly number[],
): Weighted<Thing> {
  const count = things.length
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const share = Float64Array.from(weights, (weight) => (weight * count) / total)
  const other = Uint32Array.from(things, (_, index) => index)
  const small: number[] = []
  const large: number[] = []
  share.forEach((value, index) => (value < 1 ? small : large).push(index))
  while (small.length > 0 && large.length > 0) {
    const less = small.pop()!
    const more = large[large.length - 1]!
    other[less] = more
    share[more] = share[more]! - (1 - share[less]!)
    if (share[more] < 1) small.push(large.pop()!)
  }
  // What is left over is 1 but for rounding.
  for (const index of [...small, ...large]) share[index] = 1
  return {
    pick(random) {
      const place = random.fraction() * count
      const index = Math.floor(place)
      return things[place - index < share[index]! ? index : other[index]!]!
    },
  }
}

/** The same from an object of names and weights: `choice({ card: 70, paypal: 30 })`. */
export function choice<Name extends string>(
  weights: Readonly<Partial<Record<Name, number>>>,
): Weighted<Name> {
  return weighted(Object.keys(weights) as Name[], Object.values<number>(weights as never))
}

/** A few favourites and a long tail (Zipf's law), the ranks dealt out at random. */
export function skewed<Thing>(things: readonly Thing[], random: Random): Weighted<Thing> {
  const ranked = shuffled(things, random)
  // The few first ranks are flattened, or one thing alone would take a tenth of everything.
  return weighted(
    ranked,
    ranked.map((_, rank) => 1 / (rank + 8)),
  )
}

function shuffled<Thing>(things: readonly Thing[], random: Random): Thing[] {
  const result = [...things]
  for (let last = result.length - 1; last > 0; last--) {
    const chosen = random.below(last + 1)
    const thing = result[last]!
    result[last] = result[chosen]!
    result[chosen] = thing
  }
  return result
}
