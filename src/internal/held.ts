/** The live holds of each thread, oldest first: a list through the holds themselves, since taking a lock has no time for more. */
import type { Hold } from "./hold.ts"
import type { Parker } from "./waitQueue.ts"

/**
 * Puts a hold on its thread's list. What is held outside of every thread is not listed: nothing would ever forget it. What was
 * acquired raw may be dropped without a release, so it is listed weakly.
 */
export const list = (hold: Hold): void => {
  const { thread } = hold
  if (thread === undefined) return
  if (hold.form === "acquire") {
    const listed = thread.rawHolds ??= new Set()
    // Only a thread that drops locks while it holds them comes to have so many.
    if (listed.size % 64 === 63) { for (const each of listed) if (each.deref() === undefined) listed.delete(each) }
    listed.add(hold.listing = new WeakRef(hold))
    return
  }
  const latest = thread.latestHold
  hold.earlier = latest
  if (latest !== undefined) latest.later = hold
  thread.latestHold = hold
}

export const unlist = (hold: Hold): void => {
  const { earlier, later, thread } = hold
  if (thread === undefined) return
  if (hold.listing !== undefined) {
    thread.rawHolds!.delete(hold.listing)
    hold.listing = undefined
    return
  }
  if (later !== undefined) later.earlier = earlier
  else if (thread.latestHold === hold) thread.latestHold = earlier
  if (earlier !== undefined) earlier.later = later
  hold.earlier = hold.later = undefined
}

/** What the thread holds now, oldest first. */
export const holdsOf = (thread: Parker): ReadonlyArray<Hold> => {
  const holds: Array<Hold> = []
  for (let hold = thread.latestHold; hold !== undefined; hold = hold.earlier) holds.push(hold)
  holds.reverse()
  for (const listing of thread.rawHolds ?? []) {
    const hold = listing.deref()
    if (hold !== undefined) holds.push(hold)
  }
  return holds.sort((a, b) => a.since - b.since)
}
