/** Conditions as CPython has them: waiting and notifying. What concerns their lock is in condition-lock.test.ts. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option } from "effect"
import { Condition, Lock, RLock, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"

/** Lets every thread come as far as it can. */
const settle = Effect.replicateEffect(Effect.yieldNow, 50, { discard: true })

const joinAll = <A, E>(threads: ReadonlyArray<Thread.Thread<A, E>>) => Effect.forEach(threads, Thread.join)

/** Python's `wait(timeout)`: whether it was notified in time. */
const timed = (condition: Condition.Condition, time: number) =>
  Effect.map(Effect.timeoutOption(Condition.wait(condition), time), Option.isSome)

const notify = (condition: Condition.Condition, n?: number) =>
  Condition.withLock(condition, Condition.notify(condition, n))

describe("Condition", () => {
  it.effect("wakes as many as it is told to, and only when the lock is free [lock_tests.ConditionTests.test_notify]", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const condition = yield* Condition.make(lock)
      for (let round = 0; round < 2; round++) {
        let [first, second] = [0, 0]
        const threads = yield* Effect.replicateEffect(
          Thread.fork(Condition.withLock(
            condition,
            Effect.gen(function*() {
              yield* Condition.wait(condition)
              first++
              yield* Condition.wait(condition)
              second++
            })
          )),
          5
        )
        yield* settle
        yield* Condition.withLock(
          condition,
          Effect.gen(function*() {
            yield* Condition.notify(condition, 3)
            yield* settle
            assert.deepStrictEqual([first, second], [0, 0])
          })
        )
        yield* settle
        assert.deepStrictEqual([first, second], [3, 0])
        yield* notify(condition, 5)
        yield* settle
        assert.deepStrictEqual([first, second], [5, 3])
        yield* Condition.withLock(condition, Condition.notifyAll(condition))
        yield* joinAll(threads)
        assert.deepStrictEqual([first, second], [5, 5])
      }
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "gives up when the time-out is over, with the lock held again [lock_tests.ConditionTests.test_timeout]",
    () =>
      Effect.gen(function*() {
        const condition = yield* Condition.make()
        const threads = yield* Effect.replicateEffect(
          Thread.fork(Effect.gen(function*() {
            yield* Condition.acquire(condition)
            const wasNotified = yield* timed(condition, 500)
            yield* Condition.release(condition)
            return wasNotified
          })),
          5
        )
        yield* settle
        yield* TestClock.adjust(499)
        yield* settle
        for (const thread of threads) assert.isTrue(yield* Thread.isAlive(thread))
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(yield* joinAll(threads), [false, false, false, false, false])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("tells whether it was notified, with the lock held again either way [doc:Condition.wait.returns]", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const condition = yield* Condition.make(lock)
      const waiting = yield* Effect.replicateEffect(
        Thread.fork(Condition.withLock(condition, Effect.all([timed(condition, 10), Lock.isLocked(lock)]))),
        2
      )
      yield* settle
      assert.isFalse(yield* Lock.isLocked(lock))
      yield* notify(condition)
      yield* settle
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(yield* joinAll(waiting), [[true, true], [false, true]])
      assert.isFalse(yield* Lock.isLocked(lock))
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "with no time to wait, gives the lock up once and says no [doc:Condition.wait.nonpositive_timeout]",
    () =>
      Effect.gen(function*() {
        const condition = yield* Condition.make()
        for (const time of [0, -1]) {
          const order: Array<string> = []
          const thread = yield* Thread.fork(Condition.withLock(
            condition,
            Effect.gen(function*() {
              yield* settle
              assert.isFalse(yield* timed(condition, time))
              order.push("waited")
            })
          ))
          yield* Effect.yieldNow
          const other = yield* Thread.fork(Condition.withLock(condition, Effect.sync(() => order.push("other"))))
          yield* settle
          yield* settle
          yield* TestClock.adjust(0)
          yield* Thread.join(thread)
          yield* Thread.join(other)
          assert.deepStrictEqual(order, ["other", "waited"])
        }
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "takes the lock again before it gives up, however long another keeps it [doc:Condition.wait.reacquire_can_exceed_timeout]",
    () =>
      Effect.gen(function*() {
        const condition = yield* Condition.make()
        const waiting = yield* Thread.fork(Condition.withLock(condition, timed(condition, 10)))
        yield* settle
        const holding = yield* Thread.fork(Condition.withLock(condition, Effect.sleep(100)))
        yield* settle
        yield* TestClock.adjust(99)
        yield* settle
        assert.isTrue(yield* Thread.isAlive(waiting))
        yield* TestClock.adjust(1)
        yield* Thread.join(holding)
        assert.isFalse(yield* Thread.join(waiting))
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "takes the lock again, as deep as before, when it is interrupted [doc:Condition.wait.reacquires_on_interrupt]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const condition = yield* Condition.make(lock)
        let depth = 0
        const wait = Effect.onInterrupt(
          Condition.wait(condition),
          () => Effect.map(RLock.recursionCount(lock), (count) => depth = count)
        )
        const thread = yield* Thread.fork(RLock.withLock(lock, RLock.withLock(lock, RLock.withLock(lock, wait))))
        yield* settle
        assert.isFalse(yield* RLock.isLocked(lock))
        yield* Thread.interrupt(thread)
        assert.strictEqual(depth, 3)
        assert.isFalse(yield* RLock.isLocked(lock))
        // Its place among the sleepers is gone: the next notification is for another.
        const other = yield* Thread.fork(Condition.withLock(condition, Condition.wait(condition)))
        yield* settle
        yield* notify(condition)
        yield* Thread.join(other)
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "does not count a waiter that gave up: the next notification is for another [doc:Condition.timed_out_waiter_removed]",
    () =>
      Effect.gen(function*() {
        const condition = yield* Condition.make()
        const hasty = yield* Thread.fork(Condition.withLock(condition, timed(condition, 10)))
        yield* settle
        const patient = yield* Thread.fork(Condition.withLock(condition, Condition.wait(condition)))
        yield* settle
        yield* TestClock.adjust(10)
        assert.isFalse(yield* Thread.join(hasty))
        yield* notify(condition)
        yield* Thread.join(patient)
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("keeps no notification that nobody waited for [doc:Condition.notify_is_not_remembered]", () =>
    Effect.gen(function*() {
      const condition = yield* Condition.make()
      yield* notify(condition)
      const thread = yield* Thread.fork(Condition.withLock(condition, timed(condition, 10)))
      yield* settle
      yield* TestClock.adjust(10)
      assert.isFalse(yield* Thread.join(thread))
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "wakes at most n, the longest sleeping first; none for 0 or less [doc:Condition.notify_n] [doc:Condition.notify_order]",
    () =>
      Effect.gen(function*() {
        const condition = yield* Condition.make()
        const order: Array<number> = []
        for (let index = 0; index < 8; index++) {
          yield* Thread.fork(
            Condition.withLock(condition, Effect.map(Condition.wait(condition), () => order.push(index)))
          )
          yield* settle
        }
        const woken: Array<number> = []
        for (const n of [0, -1, 1, 1, 1, 2, 100]) {
          yield* notify(condition, n)
          yield* settle
          woken.push(order.length)
        }
        assert.deepStrictEqual(woken, [0, 0, 1, 2, 3, 5, 8])
        assert.deepStrictEqual(order, [0, 1, 2, 3, 4, 5, 6, 7])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("lets nobody go on before the notifier leaves the lock [doc:Condition.notify_keeps_lock]", () =>
    Effect.gen(function*() {
      const condition = yield* Condition.make()
      const log: Array<string> = []
      const thread = yield* Thread.fork(
        Condition.withLock(condition, Effect.map(Condition.wait(condition), () => log.push("woken")))
      )
      yield* settle
      yield* Condition.withLock(
        condition,
        Effect.gen(function*() {
          yield* Condition.notify(condition)
          yield* settle
          log.push("notified")
        })
      )
      yield* Thread.join(thread)
      assert.deepStrictEqual(log, ["notified", "woken"])
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "wakes only its own sleepers when it shares its lock with another condition [doc:Condition.shared_lock]",
    () =>
      Effect.gen(function*() {
        const lock = yield* Lock.make()
        const [first, second] = [yield* Condition.make(lock), yield* Condition.make(lock)]
        const onFirst = yield* Thread.fork(Condition.withLock(first, Condition.wait(first)))
        const onSecond = yield* Thread.fork(Condition.withLock(second, timed(second, 200)))
        yield* settle
        yield* Condition.withLock(first, Condition.notifyAll(first))
        yield* Thread.join(onFirst)
        yield* settle
        assert.isTrue(yield* Thread.isAlive(onSecond))
        yield* TestClock.adjust(200)
        assert.isFalse(yield* Thread.join(onSecond))
      }).pipe(ThreadGroup.supervise)
  )
})

describe("Condition.waitFor", () => {
  it.effect(
    "sleeps on through notifications until its predicate is true, and looks with the lock held [lock_tests.ConditionTests.test_waitfor] [doc:Condition.wait_for.predicate_under_lock]",
    () =>
      Effect.gen(function*() {
        const lock = yield* RLock.make()
        const condition = yield* Condition.make(lock)
        let state = 0
        const looks: Array<readonly [state: number, isOwned: boolean]> = []
        const thread = yield* Thread.fork(Condition.withLock(
          condition,
          Effect.gen(function*() {
            yield* Condition.waitFor(
              condition,
              Effect.map(RLock.isOwned(lock), (isOwned) => {
                looks.push([state, isOwned])
                return state === 4
              })
            )
            return yield* RLock.isOwned(lock)
          })
        ))
        yield* settle
        for (let next = 1; next <= 4; next++) {
          yield* Condition.withLock(
            condition,
            Effect.suspend(() => {
              state = next
              return Condition.notify(condition)
            })
          )
          yield* settle
        }
        assert.isTrue(yield* Thread.join(thread))
        assert.deepStrictEqual(looks, [[0, true], [1, true], [2, true], [3, true], [4, true]])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "does not begin its time-out anew with each notification [lock_tests.ConditionTests.test_waitfor_timeout]",
    () =>
      Effect.gen(function*() {
        const condition = yield* Condition.make()
        let looks = 0
        const never = () => ++looks < 0
        const thread = yield* Thread.fork(
          Condition.withLock(condition, Effect.timeoutOption(Condition.waitFor(condition, never), 100))
        )
        yield* settle
        for (let count = 0; count < 3; count++) {
          yield* TestClock.adjust(10)
          yield* notify(condition)
          yield* settle
        }
        yield* TestClock.adjust(69)
        yield* settle
        assert.isTrue(yield* Thread.isAlive(thread))
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(yield* Thread.join(thread), Option.none())
        assert.strictEqual(looks, 4)
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("looks first, and does not wait for what is true already [doc:Condition.wait_for.immediate]", () =>
    Effect.gen(function*() {
      const condition = yield* Condition.make()
      let looks = 0
      const isTrue = () => ++looks > 0
      const answer = yield* Condition.withLock(
        condition,
        Effect.timeoutOption(Condition.waitFor(condition, isTrue), 0)
      )
      assert.deepStrictEqual([answer, looks], [Option.some(undefined), 1])
    }))

  it.effect("fails as its predicate fails, with the lock still held [doc:Condition.wait_for.predicate_error]", () =>
    Effect.gen(function*() {
      const lock = yield* RLock.make()
      const condition = yield* Condition.make(lock)
      const answer = yield* Condition.withLock(
        condition,
        Effect.gen(function*() {
          const error = yield* Effect.flip(Condition.waitFor(condition, Effect.fail("no answer")))
          const thrown = yield* Effect.exit(Condition.waitFor(condition, () => {
            throw new Error("thrown")
          }))
          return [error, Exit.isFailure(thrown), yield* RLock.isOwned(lock)]
        })
      )
      assert.deepStrictEqual(answer, ["no answer", true, true])
      assert.isFalse(yield* RLock.isLocked(lock))
    }))

  it.effect("passes an interruption's notification on, so that another who waits gets it", () =>
    Effect.gen(function*() {
      const condition = yield* Condition.make()
      let isReady = false
      const waiting = Condition.withLock(condition, Condition.waitFor(condition, () => isReady))
      const first = yield* Effect.forkChild(waiting, { startImmediately: true })
      const second = yield* Effect.forkChild(waiting, { startImmediately: true })
      yield* settle
      yield* Condition.withLock(
        condition,
        Effect.suspend(() => {
          isReady = true
          return Condition.notify(condition)
        })
      )
      first.interruptUnsafe()
      yield* Fiber.await(first)
      yield* Fiber.join(second)
    }))
})
