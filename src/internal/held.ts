/**
 * The locks that each thread holds. Taking a lock has no time for a list, so a thread notes a lock when it takes it for the first
 * time, and who wants to know looks which of those it holds. They are noted weakly: a lock that is dropped while it is held
 * leaves nothing behind. What is held outside of every thread is not noted.
 */
import type { Held, Holdable, Parker } from "./waiting.ts"

/** To be called unless this thread was the last to note this lock. */
export const note = (mutex: Holdable, thread: Parker): void => {
  mutex.notedBy = thread.ident
  const noted = thread.locks ??= new Set()
  if (noted.has(mutex.reference)) return
  if (noted.size % 64 === 63) forget(noted, thread)
  noted.add(mutex.reference)
}

const forget = (noted: Set<WeakRef<Holdable>>, thread: Parker): void => {
  for (const each of noted) {
    const mutex = each.deref()
    if (mutex !== undefined && mutex.holdsOf(thread).length > 0) continue
    if (mutex?.notedBy === thread.ident) mutex.notedBy = undefined
    noted.delete(each)
  }
}

/** What the thread holds now, oldest first. */
export const holdsOf = (thread: Parker): ReadonlyArray<Held> =>
  Array.from(thread.locks ?? [], (each) => each.deref())
    .flatMap((mutex) => mutex?.holdsOf(thread) ?? [])
    .sort((a, b) => a.since - b.since)
