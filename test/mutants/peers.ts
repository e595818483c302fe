/** Effect's own primitives in the same contracts: facts for a report, since they never promised all of it. */
import { Effect, Semaphore, TxReentrantLock } from "effect"
import type { Option } from "effect"
import type { RLock } from "effect-threading"
import { lockCases } from "../contracts/lock.ts"
import type { LockLike } from "../contracts/lock.ts"
import { rlockCases } from "../contracts/rlock.ts"
import type { RLockApi } from "../contracts/rlock.ts"
import { lockOfSemaphore, semaphoreCases } from "../contracts/semaphore.ts"
import type { SemaphoreApi } from "../contracts/semaphore.ts"
import type { Case } from "../support/contract.ts"
import { explore, share } from "./hunt.ts"

/** Effect's semaphore, with what the contracts read: how many wait, and how many permits are free. */
interface Shown extends Semaphore.Semaphore {
  readonly free: number
  readonly waiters: Set<unknown>
}

const shown = (semaphore: Semaphore.Semaphore): Shown =>
  Object.assign(semaphore as Shown, {
    toJSON(this: Shown) {
      return { waiting: this.waiters.size }
    }
  })

const missing = (what: string) => Effect.die(new Error(`there is no ${what}`))

const semaphore = (): SemaphoreApi => {
  const make = (permits = 1) => Effect.map(Semaphore.make(permits), shown)
  const withPermits = <A, E, R>(self: Shown, permits: number, body: Effect.Effect<A, E, R>) =>
    self.withPermits(permits)(body)
  const api: Record<keyof SemaphoreApi, unknown> = {
    make,
    makeBounded: make,
    withPermits,
    withPermit: (self: Shown, body?: Effect.Effect<unknown>) =>
      body === undefined
        ? (body: Effect.Effect<unknown>) => withPermits(self, 1, body)
        : withPermits(self, 1, body),
    withPermitsIfAvailable: (self: Shown, permits: number, body: Effect.Effect<unknown>) =>
      self.withPermitsIfAvailable(permits)(body),
    withPermitIfAvailable: (self: Shown) => self.withPermitsIfAvailable(1),
    acquire: (self: Shown, permits = 1) => self.take(permits),
    acquireIfAvailable: (self: Shown, permits = 1) => self.takeIfAvailable(permits),
    acquireScoped: (self: Shown, permits = 1) => self.takeScoped(permits),
    release: (self: Shown, permits = 1) => Effect.asVoid(self.release(permits)),
    value: (self: Shown) => Effect.sync(() => self.free)
  }
  return api as SemaphoreApi
}

// Its state is internal, and the only place that tells who waits.
const toShow = (lock: TxReentrantLock.TxReentrantLock) => {
  const { stateRef } = lock as unknown as { readonly stateRef: { readonly pending: ReadonlyMap<unknown, unknown> } }
  return Object.assign(lock, { toJSON: () => ({ waiting: stateRef.pending.size }) })
}

const txLock: Effect.Effect<LockLike> = Effect.map(TxReentrantLock.make(), (made) => {
  const lock = toShow(made)
  return {
    primitive: lock,
    withLock: (effect) => TxReentrantLock.withLock(lock, effect),
    withLockIfAvailable: <A, E, R>(_: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E, R> =>
      missing("withLockIfAvailable"),
    acquireScoped: Effect.asVoid(TxReentrantLock.writeLock(lock)),
    acquire: Effect.asVoid(TxReentrantLock.acquireWrite(lock)),
    acquireIfAvailable: missing("acquireIfAvailable"),
    release: Effect.asVoid(TxReentrantLock.releaseWrite(lock)),
    isFree: Effect.map(TxReentrantLock.locked(lock), (isLocked) => !isLocked)
  }
})

const txRLock = (): RLockApi => {
  const impl = (self: RLock.RLock) => self as unknown as TxReentrantLock.TxReentrantLock
  const count = (self: RLock.RLock) => TxReentrantLock.writeLocks(impl(self))
  const api: Record<keyof RLockApi, unknown> = {
    make: () => Effect.map(TxReentrantLock.make(), toShow),
    withLock: <A, E, R>(self: RLock.RLock, body: Effect.Effect<A, E, R>) => TxReentrantLock.withLock(impl(self), body),
    acquire: (self: RLock.RLock) => TxReentrantLock.acquireWrite(impl(self)),
    release: (self: RLock.RLock) => TxReentrantLock.releaseWrite(impl(self)),
    // It tells how often it is held, not by whom.
    recursionCount: count,
    isOwned: () => missing("isOwned"),
    isLocked: (self: RLock.RLock) => TxReentrantLock.locked(impl(self))
  }
  return api as RLockApi
}

interface Peer {
  readonly name: string
  readonly cases: ReadonlyArray<Case>
}

export const peers: ReadonlyArray<Peer> = [
  { name: "effect Semaphore with one permit, as a lock", cases: lockCases(lockOfSemaphore(semaphore())) },
  { name: "effect Semaphore with several permits", cases: semaphoreCases(semaphore()) },
  { name: "effect TxReentrantLock as a lock", cases: lockCases(txLock) },
  { name: "effect TxReentrantLock as a re-entrant lock", cases: rlockCases(txRLock()) }
]

/** Prints which cases it passes, and how it fails the others. */
export const show = ({ cases, name }: Peer, schedules: number): Effect.Effect<void> =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    let [passes, absent] = [0, 0]
    for (const each of cases) {
      const caught = yield* explore(each, { schedules: share(each, schedules) })
      if (caught === undefined) passes++
      else if (caught.summary.includes("there is no ")) absent++
      else lines.push(`    fails "${each.title}": ${caught.kind}, seed ${caught.seed}: ${caught.summary}`)
    }
    console.log(`  ${name}: passes ${passes} of ${cases.length} (${absent} ask for what it does not have)`)
    for (const line of lines) console.log(line)
  })
