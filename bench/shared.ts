/** The primitives in shared memory: alone, with two OS threads that both want them, and handed to and fro. */
import { Effect } from "effect"
import { Condition, Lock, RLock, Semaphore } from "effect-threading"
import { Mutex, Semaphore as TheirSemaphore } from "multithreading"
import type { Row } from "./harness.ts"
import type { Part, Work } from "./shared/work.ts"
import { stop, together } from "./shared/workers.ts"

const lock = Effect.runSync(Lock.makeShared())
const rlock = Effect.runSync(RLock.makeShared())
const semaphore = Effect.runSync(Semaphore.makeShared(1))
const local = Lock.makeUnsafe()

const times = 20_000

/** A loop for each, since one that they shared would not know what it calls, and cost as much as what is measured. */
const alone = {
  lock() {
    let done = 0
    const count = () => void done++
    for (let i = 0; i < times; i++) Lock.withLockSync(lock, count)
    return done
  },
  rlock() {
    let done = 0
    const count = () => void done++
    for (let i = 0; i < times; i++) RLock.withLockSync(rlock, count)
    return done
  },
  theirMutex() {
    let done = 0
    for (let i = 0; i < times; i++) {
      const guard = mutex.blockingLock()
      done++
      guard.dispose()
    }
    return done
  },
  compareExchange() {
    let done = 0
    const count = () => void done++
    for (let i = 0; i < times; i++) {
      Atomics.compareExchange(word, 0, 0, 1)
      count()
      Atomics.compareExchange(word, 0, 1, 0)
    }
    return done
  },
  semaphore() {
    let done = 0
    const count = () => void done++
    for (let i = 0; i < times; i++) Semaphore.withPermitSync(semaphore, count)
    return done
  },
  theirSemaphore() {
    let done = 0
    for (let i = 0; i < times; i++) {
      const guard = theirs.blockingAcquire()
      done++
      guard.dispose()
    }
    return done
  }
}

const effects = (guard: (body: Effect.Effect<void>) => Effect.Effect<void, unknown>) => () => {
  let done = 0
  const guarded = guard(Effect.sync(() => {
    done++
  }))
  return Effect.runPromise(Effect.gen(function*() {
    for (let i = 0; i < 1_000; i++) yield* guarded
    return done
  }))
}

const word = new Int32Array(new SharedArrayBuffer(4))
const mutex = new Mutex()
const theirs = new TheirSemaphore(1)

const memory = (...cells: ReadonlyArray<number>) => {
  const buffer = new SharedArrayBuffer(4 * cells.length)
  new Int32Array(buffer).set(cells)
  return buffer
}

const cells = () => new Int32Array(memory(0, 0))

/** Both workers at once, so many times each: how often was really done, as the cell tells that they share. */
const counted = (work: Work, times: number, part: () => Omit<Part, "index" | "times" | "cells">) => async () => {
  const shared = cells()
  await together(work, { times, cells: shared, ...part() })
  return shared[0]!
}

/** To and fro, so many times each. */
const handed = (work: Work, times: number, part: () => Omit<Part, "index" | "times" | "cells">) => () =>
  together(work, { times, cells: cells(), ...part() })

const contended = 20_000
const handOffs = 2_000

export const rows: ReadonlyArray<Row> = [
  {
    name: "uncontended Lock.withLockSync",
    unit: "ns/op",
    ours: alone.lock,
    peers: {
      "RLock.withLockSync": alone.rlock,
      "multithreading Mutex": alone.theirMutex,
      "two compare-exchanges": alone.compareExchange
    },
    check: (done) => done === times,
    target: { most: 60 }
  },
  {
    name: "uncontended Semaphore.withPermitSync",
    unit: "ns/op",
    ours: alone.semaphore,
    peers: { "multithreading Semaphore": alone.theirSemaphore },
    check: (done) => done === times,
    target: { against: "multithreading Semaphore", max: 2 }
  },
  {
    name: "uncontended Lock.withLock, shared",
    unit: "ns/op",
    ours: effects((body) => Lock.withLock(lock, body)),
    peers: { "local Lock.withLock": effects((body) => Lock.withLock(local, body)) },
    check: (done) => done === 1_000,
    target: { against: "local Lock.withLock", max: 1.5 }
  },
  {
    name: "two OS threads on one lock",
    unit: "ns/op",
    ours: counted("lock", contended, () => ({ lock: Effect.runSync(Lock.makeShared()) })),
    peers: { "multithreading Mutex": counted("theirMutex", contended, () => ({ buffers: [memory(0)] })) },
    check: (done) => done === 2 * contended,
    target: { against: "multithreading Mutex", max: 1 }
  },
  {
    name: "two OS threads on one semaphore",
    unit: "ns/op",
    ours: counted("semaphore", contended, () => ({ semaphores: [Effect.runSync(Semaphore.makeShared(1))] })),
    peers: { "multithreading Semaphore": counted("theirSemaphore", contended, () => ({ buffers: [memory(1, 0)] })) },
    check: (done) => done === 2 * contended,
    target: { against: "multithreading Semaphore", max: 1 }
  },
  {
    name: "hand-off between OS threads by condition",
    unit: "µs/op",
    ours: handed("handOffByCondition", handOffs, () => ({ condition: Effect.runSync(Condition.makeShared()) })),
    peers: {
      "by two semaphores": handed("handOffBySemaphore", handOffs, () => ({
        semaphores: [Effect.runSync(Semaphore.makeShared(1)), Effect.runSync(Semaphore.makeShared(0))]
      })),
      "multithreading Condvar": handed("handOffByTheirCondvar", handOffs, () => ({ buffers: [memory(0), memory(0)] })),
      "wait and notify": handed("handOffByAtomics", handOffs, () => ({ buffers: [memory(0)] }))
    },
    check: (done) => done === 2 * handOffs,
    target: { against: "multithreading Condvar", max: 1 },
    close: stop
  }
]
