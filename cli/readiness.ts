/** How long after the last heartbeat that Kafka answered a member is no longer believed to be one. */
const longestSilenceMs = 6_000

/**
 * Why a loop can't do its work just now. The loop itself says so while it works, each of its workers (an assignment,
 * a connection) for itself: what is true of the servers is what the work meets, not what a look at them would.
 */
export class Readiness {
  private waiting: string | undefined = 'starting'
  private readonly faults = new Map<object, string>()
  private heartbeatAt: number | undefined

  /** There is nothing to do before this has happened. */
  waitFor(what: string): void {
    this.waiting = what
    this.heartbeatAt = undefined
  }

  /** What was waited for has happened. */
  begin(): void {
    this.waiting = undefined
  }

  /** This worker met a fault, and tries again. */
  fault(worker: object, reason: string): void {
    this.faults.set(worker, reason)
  }

  /** This worker has done what it is there for, or there was nothing to do. */
  works(worker: object): void {
    this.faults.delete(worker)
  }

  /** A heartbeat was answered: from now on there must be more of them. */
  heartbeat(): void {
    this.heartbeatAt = performance.now()
  }

  /** One reason a line, none when all is well. */
  reasons(): string[] {
    const reasons = new Set(this.faults.values())
    if (reasons.size === 0 && this.waiting !== undefined) reasons.add(this.waiting)
    const silentMs = performance.now() - (this.heartbeatAt ?? Infinity)
    if (silentMs > longestSilenceMs) {
      reasons.add(`Kafka has answered no heartbeat for ${Math.round(silentMs / 1000)} s`)
    }
    return [...reasons]
  }
}
