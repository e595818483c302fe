/** Node's inspector, as far as there is one: some builds and relatives of Node do without. Pools shall work there all the same. */
import { compareExchange, store } from "../../internal/atomics.ts"

let module: typeof import("node:inspector") | undefined

const load = () => {
  try {
    return module ??= process.getBuiltinModule("node:inspector")
  } catch {
    return undefined
  }
}

/** A new session, which is not connected yet. */
export const openSession = (): import("node:inspector").Session | undefined => {
  const inspector = load()
  return inspector === undefined ? undefined : new inspector.Session()
}

/**
 * Whose turn it is to pause somebody: nobody's (0), that of this OS thread, which pauses workers (1), or that of a watchdog, which
 * pauses the main thread (2). If that is paused while it hears of a worker, Node never lets it hear that it may go on.
 */
export const turn = new Int32Array(new SharedArrayBuffer(4))
export const turns = { nobody: 0, here: 1, watchdog: 2 } as const

let users = 0

/** False while a watchdog pauses this thread; else it is to be given back. */
export const takeTurn = (): boolean => {
  if (users === 0 && compareExchange(turn, 0, turns.nobody, turns.here) !== turns.nobody) return false
  users++
  return true
}

export const giveTurnBack = (): void => {
  if (--users === 0) store(turn, 0, turns.nobody)
}

/** Whether the inspector is open, so somebody may debug the process. */
export const isDebugged = (): boolean => load()?.url?.() !== undefined
