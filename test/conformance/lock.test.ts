import { assert, describe } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Condition, Lock, RLock, Thread } from "effect-threading"
import { TestClock } from "effect/testing"
import { test, turns } from "../support/nursery.ts"
import { defectOf } from "../support/threads.ts"
import { untilWaiting, waiting } from "../support/waiters.ts"

const timed = (lock: Lock.Lock, limit: number) => Effect.scoped(Effect.timeoutOption(Lock.acquireScoped(lock), limit))

describe("Lock", () => {
  test(
    "a thread that holds it waits in a second acquire until another thread releases [lock_tests.LockTests.test_reacquire]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      let phase = 0
      const thread = yield* Thread.fork(Effect.gen(function*() {
        yield* Lock.acquire(lock)
        phase++
        yield* Lock.acquire(lock)
        phase++
      }))
      yield* untilWaiting(lock, 1)
      yield* turns
      assert.strictEqual(phase, 1)
      yield* Lock.release(lock)
      yield* Thread.join(thread)
      assert.strictEqual(phase, 2)
    })
  )

  test(
    "another thread may release what main acquired [lock_tests.LockTests.test_different_thread]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      yield* Lock.acquire(lock)
      yield* Thread.join(yield* Thread.fork(Lock.release(lock)))
      assert.isFalse(yield* Lock.isLocked(lock))
      yield* Lock.acquire(lock)
      yield* Lock.release(lock)
    })
  )

  test(
    "a waiter that timed out leaves nothing behind in the lock [lock_tests.LockTests.test_state_after_timeout]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      yield* Lock.acquire(lock)
      const thread = yield* Thread.fork(timed(lock, 10))
      yield* untilWaiting(lock, 1)
      yield* TestClock.adjust(10)
      assert.isTrue(Option.isNone(yield* Thread.join(thread)))
      assert.strictEqual(waiting(lock), 0)
      yield* Lock.release(lock)
      assert.isFalse(yield* Lock.isLocked(lock))
      assert.isTrue(yield* Lock.acquireIfAvailable(lock))
    })
  )

  test(
    "releasing one that is not held dies with a sentence that says what to do [test_threading.ThreadingExceptionTests.test_releasing_unacquired_lock]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const defect = yield* defectOf(Lock.release(lock))
      assert.instanceOf(defect, Lock.LockNotHeldError)
      assert.match(defect.message, /^Lock\.release: Lock-\d+ is not held by the caller\. Acquire it first/)
    })
  )

  test(
    "misuse of a Lock, an RLock and a Condition is one and the same class of defect [doc:Lock.ThreadError_alias]",
    Effect.gen(function*() {
      const rlock = yield* RLock.make()
      const lock = yield* Lock.make()
      const condition = yield* Condition.make(lock)
      for (const misuse of [Lock.release(lock), RLock.release(rlock), Condition.notify(condition)]) {
        const defect = yield* defectOf(misuse)
        for (const { LockNotHeldError } of [Lock, RLock, Condition]) assert.instanceOf(defect, LockNotHeldError)
      }
    })
  )

  test(
    "acquire waits without limit [doc:Lock.acquire.defaults]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      yield* Lock.acquire(lock)
      const thread = yield* Thread.fork(Lock.acquire(lock))
      yield* untilWaiting(lock, 1)
      yield* TestClock.adjust("36500 days")
      assert.strictEqual(waiting(lock), 1)
      yield* Lock.release(lock)
      yield* Thread.join(thread)
      assert.isTrue(yield* Lock.isLocked(lock))
    })
  )

  test(
    "acquiring if available, or with no time at all, gets a free lock and is refused a held one, on the spot [doc:Lock.acquire.zero_timeout]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const body = Effect.succeed("got it")
      const attempts = [
        Lock.withLockIfAvailable(lock, body),
        Effect.timeoutOption(Lock.withLock(lock, body), 0)
      ]
      for (const attempt of attempts) assert.deepStrictEqual(yield* attempt, Option.some("got it"))
      assert.isTrue(yield* Lock.acquireIfAvailable(lock))
      // Nobody moves the clock: a suspended attempt would hang here.
      for (const attempt of attempts) assert.deepStrictEqual(yield* attempt, Option.none())
      assert.isFalse(yield* Lock.acquireIfAvailable(lock))
      assert.strictEqual(waiting(lock), 0)
    })
  )

  test(
    "each release lets exactly one waiter go on, the longest waiting first [doc:Lock.release.wakes_exactly_one]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const woken: Array<number> = []
      yield* Lock.acquire(lock)
      for (let index = 0; index < 4; index++) {
        yield* Thread.fork(Effect.andThen(Lock.acquire(lock), Effect.sync(() => woken.push(index))))
        yield* untilWaiting(lock, index + 1)
      }
      for (const expected of [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3]]) {
        yield* Lock.release(lock)
        yield* turns
        assert.deepStrictEqual(woken, expected)
      }
      yield* Lock.release(lock)
      assert.isFalse(yield* Lock.isLocked(lock))
    })
  )

  test(
    "every thread sees whether it is held [doc:Lock.locked]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const seen = Effect.gen(function*() {
        const other = yield* Thread.fork(Lock.isLocked(lock))
        return [yield* Lock.isLocked(lock), yield* Thread.join(other)]
      })
      assert.deepStrictEqual(yield* seen, [false, false])
      yield* Lock.acquire(lock)
      assert.deepStrictEqual(yield* seen, [true, true])
      yield* Lock.release(lock)
      assert.deepStrictEqual(yield* seen, [false, false])
    })
  )

  test(
    "its holder's second acquire is no error, but waits, for as long as it is given [doc:Lock.self_deadlock]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      const inTime = yield* Thread.fork(Lock.withLock(lock, timed(lock, 1_000)))
      yield* untilWaiting(lock, 1)
      yield* TestClock.adjust(999)
      assert.isTrue(yield* Thread.isAlive(inTime))
      yield* TestClock.adjust(1)
      assert.isTrue(Option.isNone(yield* Thread.join(inTime)))

      const forEver = yield* Thread.fork(Effect.andThen(Lock.acquire(lock), Lock.acquire(lock)))
      yield* untilWaiting(lock, 1)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(waiting(lock), 1)
      yield* Lock.release(lock)
      yield* Thread.join(forEver)
    })
  )

  test(
    "a body of withLock that releases the lock dies when it ends, and takes it from nobody [doc:Lock.release_in_with_body]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      assert.instanceOf(yield* defectOf(Lock.withLock(lock, Lock.release(lock))), Lock.LockNotHeldError)
      assert.isFalse(yield* Lock.isLocked(lock))

      const taken = Effect.andThen(Lock.release(lock), Lock.acquire(lock))
      assert.instanceOf(yield* defectOf(Lock.withLock(lock, taken)), Lock.LockNotHeldError)
      assert.isTrue(yield* Lock.isLocked(lock))
    })
  )

  test(
    "time that is running out is not given anew, however often the waiter is disturbed [doc:Lock.interrupt_does_not_restart_budget]",
    Effect.gen(function*() {
      const lock = yield* Lock.make()
      yield* Lock.acquire(lock)
      // Waiters before it and behind it come and go.
      const before = yield* Thread.fork(Effect.timeoutOption(Lock.acquire(lock), 250))
      yield* untilWaiting(lock, 1)
      const thread = yield* Thread.fork(timed(lock, 500))
      yield* untilWaiting(lock, 2)
      for (let time = 20; time <= 480; time += 20) {
        const behind = yield* Thread.fork(Lock.acquire(lock))
        yield* untilWaiting(lock, time <= 260 ? 3 : 2)
        yield* TestClock.adjust(20)
        yield* Thread.interrupt(behind)
        assert.isTrue(yield* Thread.isAlive(thread))
      }
      assert.isTrue(Option.isNone(yield* Thread.join(before)))
      yield* TestClock.adjust(19)
      assert.isTrue(yield* Thread.isAlive(thread))
      yield* TestClock.adjust(1)
      assert.isTrue(Option.isNone(yield* Thread.join(thread)))
    })
  )

  test(
    "a barrier built of two locks, acquired here and released there, keeps ten threads in step for three trips [test_thread.BarrierTest.test_barrier]",
    Effect.gen(function*() {
      const size = 10
      const checkIn = yield* Lock.make()
      const checkOut = yield* Lock.make()
      const running = yield* Lock.make()
      const done = yield* Lock.make()
      let inside = 0
      yield* Lock.acquire(checkOut)
      const enter = Effect.gen(function*() {
        yield* Lock.acquire(checkIn)
        if (++inside === size) {
          inside--
          return yield* Lock.release(checkOut)
        }
        yield* Lock.release(checkIn)
        yield* Lock.acquire(checkOut)
        yield* Lock.release(--inside === 0 ? checkIn : checkOut)
      })
      const arrived = [0, 0, 0]
      let left = size
      yield* Lock.acquire(done)
      yield* Effect.forEach(Array.from({ length: size }), (_, index) =>
        Thread.fork(Effect.gen(function*() {
          for (let trip = 0; trip < 3; trip++) {
            for (let turn = 0; turn < (index * 7 + trip) % 5; turn++) yield* Effect.yieldNow
            arrived[trip]!++
            yield* enter
            assert.strictEqual(arrived[trip], size)
          }
          yield* Lock.withLock(running, Effect.suspend(() => --left === 0 ? Lock.release(done) : Effect.void))
        })))
      yield* Lock.acquire(done)
      assert.deepStrictEqual([arrived, left], [[size, size, size], 0])
    })
  )
})
