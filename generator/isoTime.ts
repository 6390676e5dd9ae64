const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))
const three = Array.from({ length: 1000 }, (_, number) => `.${String(number).padStart(3, '0')}Z`)
const dayMs = 86_400_000

/** What Date.toISOString gives, at a tenth of its cost: of events in time order nearly all share their day and second. */
export function isoTimeWriter(): (ms: number) => string {
  let day = NaN
  let dayText = ''
  let second = NaN
  let secondText = ''
  return (ms) => {
    const newSecond = Math.floor(ms / 1000)
    if (newSecond !== second) {
      second = newSecond
      const newDay = Math.floor(ms / dayMs)
      if (newDay !== day) {
        day = newDay
        dayText = new Date(day * dayMs).toISOString().slice(0, 11)
      }
      const inDay = second - day * 86_400
      const minute = Math.floor(inDay / 60)
      secondText = `${dayText}${two[Math.floor(minute / 60)]!}:${two[minute % 60]!}:${two[inDay % 60]!}`
    }
    return secondText + three[ms - second * 1000]!
  }
}
