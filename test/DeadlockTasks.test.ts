/** Deadlocks through tasks that want a shared lock which whoever waits for them holds. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect } from "effect"
import { Deadlock, Event, RLock, Task, Thread, ThreadGroup } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { interruptAll, logged, ringOf, supervised } from "./support/deadlocks.ts"

const tasks = Task.module<typeof import("./support/lockTasks.ts")>(new URL("./support/lockTasks.ts", import.meta.url))

const pool = NodeWorkerPool.layer({ size: 2, gracePeriod: "5 seconds" })

describe("a task that wants a shared lock", () => {
  for (const form of ["take", "takeSync"] as const) {
    it.live(
      `${form}: which its caller holds is reported, by the names of both, while it waits on`,
      () =>
        supervised((log) =>
          Effect.gen(function*() {
            const lock = yield* RLock.makeShared({ name: "ledger" })
            const caller = yield* Thread.fork(RLock.withLock(lock, tasks[form](lock)), { name: "caller" })
            yield* log.reported
            assert.deepStrictEqual(ringOf(log.deadlocks[0]), [
              `caller -> lockTasks.${form}, which waits for ledger -> caller`
            ])
            assert.deepStrictEqual(log.deadlocks[0]!.cycle[0]!.holds.map(({ name }) => name), ["ledger"])
            yield* interruptAll([caller])
            assert.isFalse(yield* RLock.isLocked(lock))
            assert.lengthOf(log.deadlocks, 1)
          })
        ).pipe(Effect.provide(pool)),
      30_000
    )
  }

  it.live(
    "which its caller holds lets the call die, if that is the policy, and is free then",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.makeShared({ name: "ledger" })
        const failing = Effect.provideService(RLock.withLock(lock, tasks.takeSync(lock)), Deadlock.Policy, "fail")
        const error = Cause.squash(yield* Effect.flip(Effect.sandbox(failing)))
        assert.instanceOf(error, Deadlock.DeadlockError)
        yield* tasks.takeSync(lock)
      }).pipe(ThreadGroup.supervise, Effect.provide(pool)),
    30_000
  )

  it.live(
    "which a thread holds that joins the one that called it is a ring of both",
    () =>
      supervised((log) =>
        Effect.gen(function*() {
          const lock = yield* RLock.makeShared({ name: "ledger" })
          const holder = yield* Thread.fork(
            RLock.withLock(lock, Effect.flatMap(Thread.fork(tasks.take(lock), { name: "caller" }), Thread.join)),
            { name: "holder" }
          )
          yield* log.reported
          assert.sameMembers([...ringOf(log.deadlocks[0])], [
            "caller -> lockTasks.take, which waits for ledger -> holder",
            "holder -> caller -> caller"
          ])
          yield* interruptAll([holder])
        })
      ).pipe(Effect.provide(pool)),
    30_000
  )

  it.live(
    "which another task holds, or which a time-out inside the hold will release, is none",
    () =>
      logged((log) =>
        Effect.gen(function*() {
          const lock = yield* RLock.makeShared()
          const held = yield* Event.makeShared()
          const letGo = yield* Event.makeShared()
          const holder = yield* Thread.fork(tasks.hold(lock, held, letGo))
          yield* Event.wait(held)
          yield* Effect.timeoutOption(tasks.take(lock), "700 millis")
          yield* Event.set(letGo)
          yield* Thread.join(holder)
          yield* RLock.withLock(lock, Effect.timeoutOption(tasks.take(lock), "700 millis"))
          assert.deepStrictEqual(log.deadlocks, [])
        })
      ).pipe(ThreadGroup.supervise, Effect.provide(pool)),
    30_000
  )
})
