/** What becomes of locks and permits whose OS thread dies. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Option, References, Schedule } from "effect"
import { Event, Lock, RLock, Semaphore, Task, type WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { threadId, Worker } from "node:worker_threads"
import { viewOf } from "./support/osThreads.ts"
import { untilWaiting } from "./support/waiters.ts"

const tasks = Task.module<typeof import("./support/deathTasks.ts")>(new URL("./support/deathTasks.ts", import.meta.url))

// That a worker is gone is logged.
const pool = Layer.provideMerge(
  NodeWorkerPool.layer({ size: 1, respawn: Schedule.spaced(1) }),
  Layer.succeed(References.MinimumLogLevel, "None")
)

const bound = 60_000

/** A lock whose OS thread has died while somebody here waited for it; what the wait failed with. */
const abandoned = <L extends Lock.SharedLock | RLock.SharedRLock>(
  lock: L,
  api: Pick<typeof Lock, "withLock">,
  kill: (
    scene: { readonly lock: L; readonly held: Event.SharedEvent; readonly end: Event.SharedEvent }
  ) => Effect.Effect<
    never,
    unknown,
    WorkerPool.WorkerPool
  >
) =>
  Effect.gen(function*() {
    const [held, end] = [yield* Event.makeShared(), yield* Event.makeShared()]
    const killed = yield* Effect.forkChild(Effect.exit(kill({ lock, held, end })))
    yield* Event.wait(held)
    const waits = yield* Effect.forkChild(Effect.flip(api.withLock(lock as Lock.SharedLock, Effect.die("it ran"))))
    yield* untilWaiting(viewOf(lock), 1)
    yield* Event.set(end)
    yield* Fiber.join(killed)
    return yield* Fiber.join(waits)
  })

/** The functions of re-entrant locks, as those of locks, which do alike. */
const rlocks = RLock as unknown as typeof Lock

const named = { name: "ledger" }

const cases = {
  "lock held by an effect": [Lock, Effect.map(Lock.makeShared(named), (lock) => [lock, tasks.lock] as const)],
  "lock held by synchronous code": [
    Lock,
    Effect.map(Lock.makeShared(named), (lock) => [lock, tasks.lockSync] as const)
  ],
  "re-entrant lock held twice by an effect": [
    rlocks,
    Effect.map(RLock.makeShared(named), (lock) => [lock, tasks.rlock] as const)
  ],
  "re-entrant lock held twice by synchronous code": [
    rlocks,
    Effect.map(RLock.makeShared(named), (lock) => [lock, tasks.rlockSync] as const)
  ]
} as const

for (const [what, [api, make]] of Object.entries(cases)) {
  it.live(
    `a shared ${what} whose OS thread dies fails for who waits and who comes, runs nothing, and works once it is repaired`,
    () =>
      Effect.gen(function*() {
        const [made, kill] = yield* make
        const lock = made as Lock.SharedLock
        const comes = Effect.flip(api.withLock(lock, Effect.die("it ran")))
        const waited = yield* abandoned(lock, api, kill as typeof tasks.lock)
        for (const error of [waited, yield* comes, yield* Effect.flip(api.acquire(lock))]) {
          assert.instanceOf(error, Lock.LockAbandonedError)
          assert.strictEqual(error.lock, "ledger")
          assert.notStrictEqual(error.ident, threadId)
        }
        assert.instanceOf(yield* Effect.flip(api.withLockIfAvailable(lock, Effect.void)), Lock.LockAbandonedError)
        assert.instanceOf(yield* Effect.flip(api.acquireIfAvailable(lock)), Lock.LockAbandonedError)
        assert.throws(() => api.withLockSync(lock, () => {}), Lock.LockAbandonedError)

        assert.strictEqual(yield* Effect.flip(api.recover(lock, Effect.fail("not yet"))), "not yet")
        assert.instanceOf(yield* comes, Lock.LockAbandonedError, "a repair that failed has repaired nothing")

        const repair = api.recover(lock, Effect.yieldNow)
        const repairs = yield* Effect.all([repair, repair, repair], { concurrency: "unbounded" })
        assert.sameMembers(repairs, [true, false, false], "one repairs, the others find it repaired")
        assert.deepStrictEqual(yield* api.withLockIfAvailable(lock, Effect.succeed(1)), Option.some(1))
        assert.isFalse(yield* api.recover(lock, Effect.die("there is nothing to repair")))
      }).pipe(Effect.provide(pool)),
    bound
  )
}

describe("a shared lock", () => {
  it.live("whose repairer has died is still abandoned, by that one", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.makeShared()
      const first = yield* abandoned(lock, Lock, tasks.lock)
      yield* Effect.exit(tasks.repair(lock))
      const second = yield* Effect.flip(Lock.withLock(lock, Effect.void))
      assert.isAbove(second.ident, first.ident)
      assert.isTrue(yield* Lock.recover(lock, Effect.void))
      yield* Lock.withLock(lock, Effect.void)
    }).pipe(Effect.provide(pool)), bound)

  it.live(
    "of a worker that somebody has made by hand and terminates is abandoned as well",
    () =>
      Effect.gen(function*() {
        const lock = yield* Lock.makeShared()
        const worker = new Worker(new URL("./programs/holdForEver.ts", import.meta.url), { workerData: lock })
        yield* Effect.promise(() => new Promise((resolve) => worker.once("message", resolve)))
        const { threadId: ident } = worker
        assert.isTrue(yield* Lock.isLocked(lock))
        yield* Effect.promise(() => worker.terminate())
        assert.strictEqual((yield* Effect.flip(Lock.withLock(lock, Effect.void))).ident, ident)
      }),
    bound
  )
})

describe("a shared semaphore", () => {
  for (const way of ["permits", "permitsSync"] as const) {
    it.live(`has the permits back that an OS thread held by scope when it died (${way})`, () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.makeBoundedShared(3)
        yield* Effect.exit(tasks[way](semaphore))
        yield* Semaphore.withPermits(semaphore, 3, Effect.void)
        assert.strictEqual(yield* Semaphore.value(semaphore), 3)
      }).pipe(Effect.provide(pool)), bound)
  }

  it.live("has not those back that a bare acquire took: anybody may release them", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.makeShared(2)
      yield* Effect.exit(tasks.bare(semaphore))
      yield* Semaphore.withPermit(semaphore, Effect.void)
      assert.isFalse(yield* Semaphore.acquireIfAvailable(semaphore, 2))
      yield* Semaphore.release(semaphore)
      yield* Semaphore.withPermits(semaphore, 2, Effect.void)
    }).pipe(Effect.provide(pool)), bound)
})
