import type { KafkaClient } from './kafka.ts'
import { serverOf } from './kafkaFault.ts'

/** A little longer than a flush may take to end: whoever can still leave the group shall. */
const cutOffMs = 6_000

/** After a fault of Kafka's its connections are opened anew: one may be dead without a word. */
export async function cutAfterFault<T>(kafka: KafkaClient, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (serverOf(error) === 'kafka') kafka.cut(false)
    throw error
  }
}

/** A broker that does not answer must not keep a process that is to stop. Returns what undoes it. */
export function cutOffLater(kafka: KafkaClient, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    timer = setTimeout(() => kafka.cut(true), cutOffMs)
  }
  signal.addEventListener('abort', start, { once: true })
  return () => {
    signal.removeEventListener('abort', start)
    clearTimeout(timer)
  }
}
