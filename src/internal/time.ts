/** Time as the machine goes by it, whatever virtual clock the program may have. */

interface Timer {
  unref?(): void
}

const host = globalThis as unknown as {
  setTimeout(f: () => void, ms: number): Timer
  clearTimeout(timer: Timer): void
  readonly setImmediate?: (f: () => void) => void
  readonly performance: { now(): number }
}

/** Milliseconds, with fractions. */
export const now = (): number => host.performance.now()

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

/** Does something when the event loop has gone round, so that whatever else is due has its turn. */
export const nextTurn: (f: () => void) => void = host.setImmediate ?? ((f) => void host.setTimeout(f, 0))
