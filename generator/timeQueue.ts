/** Things by time, the earliest first: a binary heap. With the same pushes it gives the same order, also for equal times. */
export class TimeQueue<Thing> {
  private readonly times: number[] = []
  private readonly things: Thing[] = []

  /** When the first is due; Infinity if there is none. */
  get nextAt(): number {
    return this.times.length > 0 ? this.times[0]! : Infinity
  }

  /** The earliest, left where it is. Only of a queue that is not empty. */
  first(): Thing {
    return this.things[0]!
  }

  push(at: number, thing: Thing): void {
    const { times, things } = this
    let hole = times.length
    times.push(at)
    things.push(thing)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (times[parent]! <= at) break
      times[hole] = times[parent]!
      things[hole] = things[parent]!
      hole = parent
    }
    times[hole] = at
    things[hole] = thing
  }

  /** Takes the earliest out. Only of a queue that is not empty. */
  pop(): Thing {
    const first = this.things[0]!
    const at = this.times.pop()!
    const thing = this.things.pop()!
    if (this.times.length > 0) this.settle(at, thing)
    return first
  }

  /** Moves the earliest to a later time: cheaper than pop and push. */
  postpone(at: number): void {
    this.settle(at, this.things[0]!)
  }

  private settle(at: number, thing: Thing): void {
    const { times, things } = this
    const count = times.length
    let hole = 0
    for (let child = 1; child < count; child = 2 * hole + 1) {
      if (child + 1 < count && times[child + 1]! < times[child]!) child++
      if (times[child]! >= at) break
      times[hole] = times[child]!
      things[hole] = things[child]!
      hole = child
    }
    times[hole] = at
    things[hole] = thing
  }
}
