/** An OS thread that does one thing with a lock, and says when it comes, when it is inside, and when it has given up or failed. */
import { parentPort, workerData } from "node:worker_threads"
import { allLocks, type LockPackage, type Locks } from "./locks.ts"

export interface Errand {
  readonly name: LockPackage
  readonly work: Work
  readonly shared: unknown
  readonly permits: number
  /** 0 until it is to leave. */
  readonly gate: Int32Array
}

export type Said = "comes" | "inside" | "gone" | { readonly failed: string }

const say = (said: Said) => parentPort!.postMessage(said)

/** Until it is told to leave. */
const stay = (gate: Int32Array) => void Atomics.wait(gate, 0, 0)

const inside = (gate: Int32Array) => () => {
  say("inside")
  stay(gate)
}

const works = {
  lock: (locks: Locks, { gate, shared }: Errand) => locks.withLock(shared, inside(gate)),

  lockAgain: (locks: Locks, { gate, shared }: Errand) =>
    locks.withReentrantLock(shared, () => locks.withReentrantLock(shared, inside(gate))),

  permits: (locks: Locks, { gate, permits, shared }: Errand) => locks.withPermits(shared, permits, inside(gate)),

  permitsInTime: async (locks: Locks, { permits, shared }: Errand) =>
    say(await locks.permitsWithin(shared, permits, 500) ? "inside" : "gone"),

  /** Again and again, each time for 20 ms. */
  read: (locks: Locks, { gate, shared }: Errand) => {
    while (Atomics.load(gate, 0) === 0) {
      locks.withReadLock(shared, () => {
        Atomics.add(gate, 1, 1)
        Atomics.wait(gate, 0, 0, 20)
      })
    }
  },

  write: (locks: Locks, { gate, shared }: Errand) => locks.withWriteLock(shared, inside(gate))
}

export type Work = keyof typeof works

const errand = workerData as Errand
const locks = await allLocks[errand.name]()
say("comes")
try {
  await works[errand.work](locks, errand)
} catch (error) {
  say({ failed: (error as { readonly _tag?: string })._tag ?? String(error) })
}
