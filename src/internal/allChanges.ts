/** Hears of the changes of all threads, for `Thread.allChanges`. */
import { observe } from "./observer.ts"
import * as region from "./region.ts"
import type { State, ThreadRecord } from "./threadRecord.ts"

/** How often each thread listens that does. Being told makes it run, so if it were told of that, or another were, there would be no end. */
const listening = new Map<ThreadRecord, number>()

const count = (thread: ThreadRecord | undefined, change: 1 | -1): void => {
  if (thread === undefined) return
  const times = (listening.get(thread) ?? 0) + change
  if (times > 0) listening.set(thread, times)
  else listening.delete(thread)
}

/** Tells this thread, or none, of all others' changes until the answer is called. */
export const listen = (
  listener: ThreadRecord | undefined,
  tell: (thread: ThreadRecord, state: State) => void
): () => void => {
  const stops = new Map<ThreadRecord, () => void>()
  const watch = (thread: ThreadRecord): void => {
    const stop = thread.watch((state) => {
      if (!listening.has(thread)) tell(thread, state)
      if (state._tag !== "Terminated") return
      stops.get(thread)?.()
      stops.delete(thread)
    })
    stops.set(thread, stop)
  }
  count(listener, 1)
  for (const thread of region.enumerate()) watch(thread)
  const deafen = observe({ started: (thread) => watch(thread as ThreadRecord) })
  return () => {
    count(listener, -1)
    deafen()
    for (const stop of stops.values()) stop()
  }
}
