/** Deadlocks of joins, futures, executors and regions. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { type Deadlock, Event, Future, Lock, RLock, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import { interruptAll, ringOf, settled, supervised, untilReported } from "./support/deadlocks.ts"
import { untilState } from "./support/threads.ts"

describe("joins", () => {
  it.effect("of threads that wait for one another's ends are a ring", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const second = yield* Deferred.make<Thread.Thread<unknown>>()
        const one = yield* Thread.fork(Effect.flatMap(Deferred.await(second), (thread) => Thread.await(thread)), {
          name: "one"
        })
        const two = yield* Thread.fork(Thread.await(one), { name: "two" })
        yield* Deferred.succeed(second, two)
        yield* untilReported(log)
        assert.sameMembers([...ringOf(log.deadlocks[0])], ["one -> two -> two", "two -> one -> one"])
        assert.include(log.deadlocks[0]!.message, "the end of")
        yield* interruptAll([one, two])
      })
    ))

  it.effect("of a thread that wants a lock which the joiner holds are a ring", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const lock = yield* Lock.make({ name: "lock" })
        const parent = yield* Thread.fork(
          Lock.withLock(
            lock,
            Effect.flatMap(Thread.fork(Lock.withLock(lock, Effect.void), { name: "child" }), Thread.join)
          ),
          { name: "parent" }
        )
        yield* untilReported(log)
        assert.sameMembers([...ringOf(log.deadlocks[0])], ["child -> lock -> parent", "parent -> child -> child"])
        yield* interruptAll([parent])
      })
    ))
})

describe("a region", () => {
  it.effect("inside of a hold, that waits for a thread which wants the lock, is in the ring", () =>
    supervised((log) =>
      Effect.gen(function*() {
        const lock = yield* Lock.make({ name: "lock" })
        const inner = ThreadGroup.supervise(Thread.fork(Lock.withLock(lock, Effect.void), { name: "child" }))
        const outer = yield* Thread.fork(Lock.withLock(lock, inner), { name: "outer" })
        yield* untilReported(log)
        const [error] = log.deadlocks
        assert.sameMembers(error!.cycle.map(({ thread }) => thread.name), ["outer", "child"])
        assert.deepStrictEqual(error!.cycle.find(({ thread }) => thread.name === "outer")!.waitsFor.kind, "ThreadGroup")
        yield* interruptAll([outer])
      })
    ))
})

/** A program with a pool of so many workers, whose main thread holds `a` while it does something with the pool. */
const holding = (
  workers: number,
  capacity: number | undefined,
  body: (
    pool: ThreadPoolExecutor.ThreadPoolExecutor,
    stuck: Effect.Effect<Future.Future<void>, ThreadPoolExecutor.ExecutorShutdownError>
  ) => Effect.Effect<unknown, unknown>,
  check: (error: Deadlock.DeadlockError) => void = () => {}
) =>
  supervised((log) => (Effect.gen(function*() {
    const lock = yield* RLock.make({ name: "a" })
    const pool = yield* ThreadPoolExecutor.make({ maxWorkers: workers, threadNamePrefix: "w", capacity })
    const stuck = ThreadPoolExecutor.submit(pool, RLock.withLock(lock, Effect.void))
    const holder = yield* Thread.fork(RLock.withLock(lock, body(pool, stuck)), { name: "holder" })
    yield* untilReported(log)
    yield* settled
    assert.lengthOf(log.deadlocks, 1)
    check(log.deadlocks[0]!)
    yield* interruptAll([holder])
  })))

describe("futures", () => {
  it.effect("of a task that wants a lock which the one who waits for it holds are a ring", () =>
    holding(1, undefined, (_, stuck) => Effect.flatMap(stuck, Future.result), ({ cycle }) => {
      assert.deepStrictEqual(cycle.map(({ heldBy, thread }) => [thread.name, ...heldBy]), [
        ["w_0", "holder"],
        ["holder", "w_0"]
      ])
      assert.strictEqual(cycle[1]!.waitsFor.kind, "Future")
    }))

  for (const workers of [1, 2]) {
    it.effect(`that are queued behind ${workers} blocked workers are a ring, which names them all`, () =>
      holding(workers, undefined, (pool, stuck) =>
        Effect.gen(function*() {
          for (let count = 0; count < workers; count++) yield* stuck
          const queued = yield* ThreadPoolExecutor.submit(pool, Effect.void)
          yield* Future.result(queued)
        }), ({ cycle }) => {
        const names = Array.from({ length: workers }, (_, index) => `w_${index}`)
        assert.sameMembers(cycle.map(({ thread }) => thread.name), ["holder", ...names])
        const holder = cycle.find(({ thread }) => thread.name === "holder")
        assert.sameMembers([...holder!.heldBy], names)
      }))
  }

  it.effect("all of which are waited for are a ring with any that is stuck", () =>
    holding(2, undefined, (pool, stuck) =>
      Effect.gen(function*() {
        const never = yield* ThreadPoolExecutor.submit(pool, Effect.never)
        yield* Effect.ensuring(Future.wait([never, yield* stuck]), Future.interrupt(never))
      })))

  it.effect("of which one is enough are a ring only if all are stuck", () =>
    holding(2, undefined, (_, stuck) =>
      Effect.gen(function*() {
        const futures = [yield* stuck, yield* stuck]
        yield* Future.wait(futures, { returnWhen: "firstCompleted" })
      }), ({ cycle }) => assert.lengthOf(cycle, 3)))

  it.effect("are none while one of the workers can go on", () =>
    supervised((log) => (Effect.gen(function*() {
      const lock = yield* Lock.make()
      const go = yield* Event.make()
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
      const holder = yield* Thread.fork(Lock.withLock(
        lock,
        Effect.gen(function*() {
          yield* ThreadPoolExecutor.submit(pool, Lock.withLock(lock, Effect.void))
          yield* ThreadPoolExecutor.submit(pool, Event.wait(go))
          const queued = yield* ThreadPoolExecutor.submit(pool, Effect.void)
          yield* Future.result(queued)
        })
      ))
      yield* untilState(holder, "Blocked")
      yield* settled
      yield* Event.set(go)
      yield* Thread.join(holder)
      assert.deepStrictEqual(log.deadlocks, [])
    }))))
})

describe("an executor", () => {
  it.effect("with a full queue and blocked workers is in the ring with who waits for room", () =>
    holding(
      1,
      1,
      (pool, stuck) => Effect.andThen(stuck, Effect.repeat(ThreadPoolExecutor.submit(pool, Effect.void), { times: 2 }))
    ))

  it.effect("whose end is waited for is in the ring with its tasks", () =>
    holding(1, undefined, (pool, stuck) => Effect.andThen(stuck, ThreadPoolExecutor.shutdown(pool))))
})
