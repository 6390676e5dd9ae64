import { Counter, Histogram, type Registry } from 'prom-client'
import { Readiness } from '../cli/readiness.ts'

/** The worker's loops tell what they do; /readyz and /metrics read it. Names: docs/metrics.md. */
export interface RefreshWatch {
  readiness: Readiness
  ticked(group: string, events: number, seconds: number): void
  caughtUp(model: string): void
  jobRan(job: string, outcome: string): void
  fault(worker: object, reason: string): void
  works(worker: object): void
}

const tickBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createRefreshWatch(registry: Registry): RefreshWatch {
  const readiness = new Readiness()
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `sluice_refresh_${name}_total`, help, labelNames, registers })
  const ticks = counter('ticks', 'Ticks, also those that found nothing', ['group'])
  const events = counter('events', 'Events that ticks took', ['group'])
  const steps = counter('catch_up_steps', 'Steps of models that catch up', ['model'])
  const jobRuns = counter('job_runs', 'Runs of jobs by this worker', ['job', 'outcome'])
  const faults = counter('faults', 'Faults that were waited out', [])
  const tickSeconds = new Histogram({
    name: 'sluice_refresh_tick_seconds',
    help: 'Duration of the ticks that took events',
    labelNames: ['group'],
    buckets: tickBuckets,
    registers,
  })
  return {
    readiness,
    ticked(group, taken, seconds) {
      ticks.inc({ group })
      events.inc({ group }, taken)
      if (taken > 0) tickSeconds.observe({ group }, seconds)
    },
    caughtUp: (model) => steps.inc({ model }),
    jobRan: (job, outcome) => jobRuns.inc({ job, outcome }),
    fault(worker, reason) {
      faults.inc()
      readiness.fault(worker, reason)
    },
    works(worker) {
      readiness.begin()
      readiness.works(worker)
    },
  }
}
