/**
 * What all threads do at one moment, as data: who holds what, who waits for what and behind whom, what the executors and worker
 * pools have to do. It only reads, so it can be taken at any moment, also while the program is deadlocked or paused by a debugger.
 */
import type * as Fiber from "effect/Fiber"
import { exactNow } from "./coarseClock.ts"
import type {
  Dump,
  DumpedExecutor,
  DumpedFiber,
  DumpedLock,
  DumpedPool,
  DumpedThread,
  DumpedWait
} from "./dumpModel.ts"
import { render } from "./dumpText.ts"
import { holdsOf } from "./held.ts"
import { Mutex } from "./mutex.ts"
import { listedQueues } from "./parked.ts"
import { openPools } from "./pool/registry.ts"
import { enumerate } from "./region.ts"
import type { Region, ServiceSnapshot } from "./region.ts"
import { isCounting } from "./scheduler.ts"
import { placeOf } from "./site.ts"
import { ThreadRecord } from "./threadRecord.ts"
import type { AnyWaiter, Held, Parker, Waitable } from "./waiting.ts"

class Taken implements Dump {
  readonly at = exactNow()
  readonly threads: ReadonlyArray<DumpedThread>
  readonly fibers: ReadonlyArray<DumpedFiber>
  readonly locks: ReadonlyArray<DumpedLock>
  readonly executors: ReadonlyArray<DumpedExecutor>
  readonly pools: ReadonlyArray<DumpedPool> = Array.from(openPools, (pool) => pool.snapshot())

  constructor(records: ReadonlyArray<ThreadRecord>) {
    const found = new Found()
    const regions = new Set<Region>()
    const idle = new Set<ThreadRecord>()
    const executors: Array<DumpedExecutor> = []
    // Every thread's home is a region; its record just doesn't know the whole type.
    for (const thread of records) regions.add(thread.home as Region)
    for (const region of regions) {
      for (const service of region.services) {
        const snapshot = service.snapshot()
        executors.push(executorOf(snapshot, region))
        for (const { state, task, thread } of snapshot.workers) {
          if (state === "idle") idle.add(thread)
          if (task !== undefined) found.workers.set(task, thread.name)
        }
      }
    }
    this.executors = executors
    this.threads = inOrder(records).map((thread) => threadOf(thread, idle.has(thread), found))
    found.addQueues(listedQueues())
    found.addQueues(records.map(({ joiners }) => joiners))
    found.addQueues(Array.from(new Set(records.map(({ home }) => home as Region))).flatMap(({ queues }) => queues))
    this.locks = found.locks()
    this.fibers = found.strays()
  }

  toString(): string {
    return render(this)
  }

  toJSON(): unknown {
    return { ...this }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

/** What all threads that are alive do now. */
export const takeDump = (): Dump => new Taken(enumerate())

const isMain = (on: Waitable | undefined): boolean => on instanceof ThreadRecord && (on.home as Region).main === on

const inOrder = (threads: ReadonlyArray<ThreadRecord>): ReadonlyArray<ThreadRecord> =>
  [...threads].sort((a, b) => a.home.id - b.home.id || +isMain(b) - +isMain(a) || a.ident - b.ident)

const nameOf = (thread: Parker | undefined, fiber: Fiber.Fiber<unknown, unknown>): string =>
  thread?.name ?? `fiber #${fiber.id}`

const spanOf = (fiber: Fiber.Fiber<unknown, unknown>): string | undefined =>
  fiber.cache.span?._tag === "Span" ? fiber.cache.span.name : undefined

const asynchronous = (since: number | undefined): DumpedWait => ({
  kind: "Async",
  name: "an asynchronous operation",
  since
})

const threadOf = (thread: ThreadRecord, isIdle: boolean, found: Found): DumpedThread => {
  const fiber = thread.active
  const state = thread.state()
  const holds = holdsOf(thread)
  // While it lends its name to a task's fiber, a worker's own fiber waits for nothing but its end.
  const waits = thread.waits.filter((waiter) => waiter.fiber !== thread.fiber || waiter.fiber === fiber)
  found.add(holds, waits)
  // As in the thread's state: its own fiber's wait, or that of a helper that it waits for.
  const waiter = state._tag === "Blocked" ? waits.find((waiter) => waiter.fiber === fiber) ?? waits[0] : undefined
  const lastRan = fiber !== undefined && isCounting(fiber.currentDispatcher)
    ? fiber.currentDispatcher.lastRan
    : undefined
  const since = waiter?.since ?? lastRan ?? thread.startedAt
  return {
    name: thread.name,
    ident: thread.ident,
    daemon: thread.daemon,
    isMain: isMain(thread),
    group: (thread.home as Region).name,
    // What is neither new nor ended: only live threads are listed.
    state: isIdle ? "Idle" : state._tag as "Runnable",
    since,
    startedAt: thread.startedAt,
    fiber: fiber?.id,
    span: fiber === undefined ? undefined : spanOf(fiber),
    at: fiber === undefined ? undefined : placeOf(fiber.context),
    holds: holds.map((hold) => ({
      kind: hold.mutex.kind,
      name: hold.mutex.name,
      since: hold.since,
      at: placeOf(hold.context)
    })),
    waitsFor: isIdle || state._tag !== "Blocked"
      ? undefined
      : waiter === undefined
      ? asynchronous(since)
      : found.waitOf(waiter),
    helperWaits: waits.filter((each) => each !== waiter && !isIdle).map((each) => found.fiberOf(each))
  }
}

const executorOf = ({ workers, ...executor }: ServiceSnapshot, region: Region): DumpedExecutor => ({
  ...executor,
  group: region.name,
  workers: workers.map(({ since, state, thread }) => ({ name: thread.name, ident: thread.ident, state, since }))
})

/** A queue, as far as the dump reads it. */
interface AnyQueue {
  readonly on: Waitable
  readonly first: AnyLink | undefined
}

interface AnyLink extends AnyWaiter {
  readonly next: AnyLink | undefined
}

// These tell of themselves elsewhere in the dump.
const shownElsewhere = new Set(["Thread", "ThreadGroup", "ThreadPoolExecutor", "WorkerPool", "Task"])

/** The locks and queues that the threads and fibers were found to have to do with. */
class Found {
  /** Who works on which future. */
  readonly workers = new Map<Waitable, string>()
  private readonly queues = new Map<Waitable, Set<AnyQueue>>()

  private queuesOf(on: Waitable): Set<AnyQueue> {
    let queues = this.queues.get(on)
    if (queues === undefined) this.queues.set(on, queues = new Set())
    return queues
  }

  add(holds: ReadonlyArray<Held>, waits: ReadonlyArray<AnyWaiter>): void {
    for (const { mutex } of holds) this.queuesOf(mutex)
    this.addQueues(waits.map(({ queue }) => queue!))
  }

  // Wait queues are the only queues there are; waiters don't know their whole type.
  addQueues(queues: ReadonlyArray<{ readonly on: Waitable }>): void {
    for (const queue of queues) this.queuesOf(queue.on).add(queue as AnyQueue)
  }

  private heldBy(on: Waitable): string | undefined {
    return on instanceof Mutex && on.root !== undefined
      ? nameOf(on.root.thread, on.root.fiber)
      : this.workers.get(on) ?? on.holder?.()
  }

  waitOf({ queue, since }: AnyWaiter): DumpedWait {
    const { on } = queue!
    return { kind: on.kind, name: on.name, since, heldBy: this.heldBy(on) }
  }

  fiberOf(waiter: AnyWaiter): DumpedFiber {
    return {
      fiber: waiter.fiber.id,
      waitsFor: this.waitOf(waiter),
      span: spanOf(waiter.fiber),
      at: placeOf(waiter.fiber.context)
    }
  }

  locks(): ReadonlyArray<DumpedLock> {
    const locks: Array<DumpedLock> = []
    for (const [on, queues] of this.queues) {
      if (shownElsewhere.has(on.kind)) continue
      const { depth, since } = on instanceof Mutex ? pathOf(on, queues) : {}
      const waiting = Array.from(queues, waitersIn).flat().map(({ fiber, thread }) => nameOf(thread, fiber))
      locks.push({ kind: on.kind, name: on.name, holder: this.heldBy(on), since, depth, waiting })
    }
    return locks
  }

  /** Those who wait and belong to no thread, other than for the end of a region that they have opened. */
  strays(): ReadonlyArray<DumpedFiber> {
    return Array.from(this.queues.values(), (queues) => Array.from(queues, waitersIn)).flat(2)
      .filter(({ queue, thread }) => thread === undefined && queue?.on.kind !== "ThreadGroup" && !isMain(queue?.on))
      .map((waiter) => this.fiberOf(waiter))
  }
}

/** Since when and how often the lock is held; those who wait for it, or to re-enter it, are added. */
const pathOf = (
  mutex: Mutex,
  queues: Set<AnyQueue>
): { readonly since?: number | undefined; readonly depth?: number | undefined } => {
  let depth = 0
  for (let hold = mutex.root; hold !== undefined; hold = hold.child) {
    depth++
    if (hold.openedInner !== undefined) queues.add(hold.openedInner)
  }
  queues.add(mutex.queue)
  return { since: mutex.root?.since, depth: mutex.kind === "RLock" && depth > 0 ? depth : undefined }
}

const waitersIn = (queue: AnyQueue): ReadonlyArray<AnyWaiter> => {
  const waiters: Array<AnyWaiter> = []
  for (let waiter = queue.first; waiter !== undefined; waiter = waiter.next) waiters.push(waiter)
  return waiters
}
