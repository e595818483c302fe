/** Time as the machine goes by it, whatever virtual clock the program may have. */

interface Timer {
  unref?(): void
}

interface Port {
  onmessage: (() => void) | null
  postMessage(message: undefined): void
}

const host = globalThis as unknown as {
  setTimeout(f: () => void, ms: number): Timer
  clearTimeout(timer: Timer): void
  readonly setImmediate?: (f: () => void) => void
  readonly performance: { readonly timeOrigin: number; now(): number }
  readonly MessageChannel: new() => { readonly port1: Port; readonly port2: Port }
}

/** Milliseconds, with fractions. */
export const now = (): number => host.performance.now()

/** Milliseconds since 1970, with fractions. */
export const preciseNow = (): number => host.performance.timeOrigin + host.performance.now()

/**
 * Does something after so many milliseconds, unless the answer is called before. The wait alone does not keep the process alive,
 * unless it is told to.
 */
export const later = (ms: number, f: () => void, options?: { readonly keepAlive: boolean }): () => void => {
  if (ms === Infinity) return () => {}
  const timer = host.setTimeout(f, ms)
  if (options?.keepAlive !== true) timer.unref?.()
  return () => host.clearTimeout(timer)
}

// Browsers make timers wait for some milliseconds, but not messages.
const byMessage = (): (f: () => void) => void => {
  const { port1, port2 } = new host.MessageChannel()
  const queue: Array<() => void> = []
  port1.onmessage = () => queue.shift()!()
  return (f) => {
    queue.push(f)
    port2.postMessage(undefined)
  }
}

/** Does something when the event loop has gone round, so that whatever else is due has its turn. */
export const nextTurn: (f: () => void) => void = host.setImmediate ?? byMessage()
