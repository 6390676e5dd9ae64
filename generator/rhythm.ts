const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Visitors by hour of the day, UTC: asleep at four, a bump at noon, the sofa at eight in the evening. */
const byHour = toMean1([
  34, 22, 15, 11, 10, 14, 26, 44, 62, 76, 86, 94, 104, 98, 90, 88, 92, 104, 122, 140, 150, 134, 98,
  60,
])
/** By weekday from Thursday, the day of the epoch. */
const byWeekday = toMean1([98, 104, 118, 124, 92, 90, 94])

/** How many times the average density the one at this moment is; its mean over a week is 1. */
export function rhythmAt(ms: number): number {
  const days = Math.floor(ms / dayMs)
  const hours = (ms - days * dayMs) / hourMs
  const hour = Math.floor(hours)
  const before = byHour[hour]!
  const after = byHour[(hour + 1) % 24]!
  return (before + (after - before) * (hours - hour)) * byWeekday[((days % 7) + 7) % 7]!
}

function toMean1(numbers: number[]): number[] {
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  return numbers.map((number) => number / mean)
}
