/**
 * A signal that ends with Ctrl-C, SIGTERM, or, in a process that `npm start` forked, with its parent.
 * A second Ctrl-C ends the process at once.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  if (process.send) {
    process.on('disconnect', () => controller.abort())
    // the channel alone must not keep a finished process alive
    process.channel?.unref()
  }
  return controller.signal
}

/** Resolves when the signal is aborted, at once when it is already. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
