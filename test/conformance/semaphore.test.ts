/** Semaphores as CPython has them: both kinds where they agree, then what only one of them does. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option } from "effect"
import { Semaphore, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"
import { collected } from "../support/garbage.ts"

const kinds = [
  ["Semaphore", Semaphore.make],
  ["BoundedSemaphore", Semaphore.makeBounded]
] as const

/** Lets every thread come as far as it can. */
const settle = Effect.replicateEffect(Effect.yieldNow, 50, { discard: true })

const defect = (effect: Effect.Effect<unknown>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    return Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
  })

const dies = (effect: Effect.Effect<unknown>, tag: string) =>
  Effect.map(defect(effect), (error) => assert.strictEqual((error as { readonly _tag: string })._tag, tag))

for (const [kind, make] of kinds) {
  describe(kind, () => {
    it.effect(`dies of a negative number of permits (${kind}) [lock_tests.BaseSemaphoreTests.test_constructor]`, () =>
      Effect.gen(function*() {
        yield* dies(make(-1), "InvalidPermitsError")
        yield* dies(make(Number.MIN_SAFE_INTEGER), "InvalidPermitsError")
        yield* dies(make(0.5), "InvalidPermitsError")
      }))

    it.effect(
      `gives as many permits as it has, without waiting (${kind}) [lock_tests.BaseSemaphoreTests.test_acquire]`,
      () =>
        Effect.gen(function*() {
          const one = yield* make(1)
          yield* Semaphore.acquire(one)
          yield* Semaphore.release(one)
          const two = yield* make(2)
          yield* Semaphore.acquire(two)
          yield* Semaphore.acquire(two)
          assert.strictEqual(yield* Semaphore.value(two), 0)
          yield* Semaphore.release(two)
          yield* Semaphore.release(two)
          assert.strictEqual(yield* Semaphore.value(two), 2)
        })
    )

    const contended = (batches: ReadonlyArray<readonly [releases: ReadonlyArray<number>, passed: number]>) =>
      Effect.gen(function*() {
        const semaphore = yield* make(7)
        yield* Semaphore.acquire(semaphore)
        let passed = 0
        const pass = Effect.andThen(Semaphore.acquire(semaphore), Effect.sync(() => passed++))
        const threads = yield* Effect.replicateEffect(Thread.fork(Effect.andThen(pass, pass)), 10)
        yield* settle
        assert.strictEqual(passed, 6)
        for (const [releases, expected] of batches) {
          for (const permits of releases) yield* Semaphore.release(semaphore, permits)
          yield* settle
          assert.strictEqual(passed, expected)
        }
        assert.isFalse(yield* Semaphore.acquireIfAvailable(semaphore))
        assert.isTrue(
          yield* Effect.gen(function*() {
            for (const thread of threads) if (yield* Thread.isAlive(thread)) return true
            return false
          })
        )
        yield* Semaphore.release(semaphore)
        for (const thread of threads) yield* Thread.join(thread)
        assert.strictEqual(passed, 20)
      }).pipe(ThreadGroup.supervise)

    it.effect(
      `lets exactly as many through as permits are given back (${kind}) [lock_tests.BaseSemaphoreTests.test_acquire_contended]`,
      () => contended([[[1, 1, 1, 1, 1, 1, 1], 13], [[1, 1, 1, 1, 1, 1], 19]])
    )

    it.effect(
      `lets n through when n permits are given back at once (${kind}) [lock_tests.BaseSemaphoreTests.test_multirelease] [doc:Semaphore.release.n_wakes]`,
      () => contended([[[7], 13], [[6], 19]])
    )

    it.effect(
      `leaves nothing behind when it is dropped with a permit taken (${kind}) [lock_tests.BaseSemaphoreTests.test_acquire_destroy]`,
      () => collected(Effect.tap(make(), (semaphore) => Semaphore.acquire(semaphore)))
    )

    it.effect(
      `says at once that no permit is free (${kind}) [lock_tests.BaseSemaphoreTests.test_try_acquire]`,
      () =>
        Effect.gen(function*() {
          const semaphore = yield* make(2)
          const attempt = Semaphore.acquireIfAvailable(semaphore)
          assert.deepStrictEqual([yield* attempt, yield* attempt, yield* attempt], [true, true, false])
          yield* Semaphore.release(semaphore)
          assert.isTrue(yield* attempt)
        })
    )

    it.effect(
      `gives threads that don't wait the free permits and no more (${kind}) [lock_tests.BaseSemaphoreTests.test_try_acquire_contended]`,
      () =>
        Effect.gen(function*() {
          const semaphore = yield* make(4)
          yield* Semaphore.acquire(semaphore)
          const attempt = Effect.andThen(Effect.yieldNow, Semaphore.acquireIfAvailable(semaphore))
          const threads = yield* Effect.replicateEffect(Thread.fork(Effect.all([attempt, attempt])), 5)
          const answers = (yield* Effect.forEach(threads, Thread.join)).flat()
          assert.strictEqual(answers.filter((answer) => answer).length, 3)
          assert.strictEqual(answers.filter((answer) => !answer).length, 7)
        }).pipe(ThreadGroup.supervise)
    )

    it.effect(
      `waits for a permit as long as the time-out allows (${kind}) [lock_tests.BaseSemaphoreTests.test_acquire_timeout]`,
      () =>
        Effect.gen(function*() {
          const semaphore = yield* make(2)
          const timed = (time: number) =>
            Effect.gen(function*() {
              const fiber = yield* Effect.forkChild(
                Effect.timeoutOption(Semaphore.withPermit(semaphore, Effect.void), time),
                { startImmediately: true }
              )
              const got = Option.isSome(fiber.pollUnsafe() === undefined ? Option.none() : yield* Fiber.join(fiber))
              if (got) return "at once"
              yield* TestClock.adjust(time - 1)
              assert.isUndefined(fiber.pollUnsafe())
              yield* TestClock.adjust(1)
              return Option.isSome(yield* Fiber.join(fiber)) ? "late" : "gave up"
            })
          assert.strictEqual(yield* timed(5), "at once")
          yield* Semaphore.acquire(semaphore)
          assert.strictEqual(yield* timed(5), "at once")
          yield* Semaphore.acquire(semaphore)
          assert.strictEqual(yield* timed(5), "gave up")
          yield* Semaphore.release(semaphore)
          assert.strictEqual(yield* timed(5), "at once")
          yield* Semaphore.acquire(semaphore)
          assert.strictEqual(yield* timed(500), "gave up")
        })
    )

    it.effect(`has one permit by default (${kind}) [lock_tests.BaseSemaphoreTests.test_default_value]`, () =>
      Effect.gen(function*() {
        const semaphore = yield* make()
        yield* Semaphore.acquire(semaphore)
        const thread = yield* Thread.fork(Semaphore.acquire(semaphore))
        yield* settle
        assert.strictEqual((yield* Thread.state(thread))._tag, "Blocked")
        yield* Semaphore.release(semaphore)
        yield* Thread.join(thread)
      }).pipe(ThreadGroup.supervise))

    it.effect(
      `takes a permit around an effect and gives it back, also if it fails (${kind}) [lock_tests.BaseSemaphoreTests.test_with]`,
      () =>
        Effect.gen(function*() {
          const semaphore = yield* make(2)
          const probe = Effect.map(
            Semaphore.withPermitIfAvailable(semaphore, Effect.void),
            (answer) => Option.isSome(answer)
          )
          const both = yield* Semaphore.withPermit(
            semaphore,
            Effect.all([probe, Semaphore.withPermit(semaphore, probe), probe])
          )
          assert.deepStrictEqual(both, [true, false, true])
          const error = yield* Effect.flip(
            Semaphore.withPermit(semaphore, Semaphore.withPermit(semaphore, Effect.fail("boom")))
          )
          assert.strictEqual(error, "boom")
          assert.strictEqual(yield* Semaphore.value(semaphore), 2)
        })
    )

    it.effect(`may begin with no permit (${kind}) [doc:Semaphore.zero_initial]`, () =>
      Effect.gen(function*() {
        const semaphore = yield* make(0)
        assert.isFalse(yield* Semaphore.acquireIfAvailable(semaphore))
      }))

    it.effect(`gives back one permit or more, never none (${kind}) [doc:Semaphore.release.n_validation]`, () =>
      Effect.gen(function*() {
        const semaphore = yield* make(3)
        yield* Semaphore.acquire(semaphore, 2)
        yield* dies(Semaphore.release(semaphore, 0), "InvalidPermitsError")
        yield* dies(Semaphore.release(semaphore, -1), "InvalidPermitsError")
        assert.strictEqual(yield* Semaphore.value(semaphore), 1)
      }))

    it.effect(
      `with no time to wait, takes what is free and else gives up at once (${kind}) [doc:Semaphore.acquire.negative_timeout]`,
      () =>
        Effect.gen(function*() {
          const semaphore = yield* make(1)
          const now = Effect.timeoutOption(Semaphore.withPermit(semaphore, Effect.succeed("had it")), -1)
          assert.deepStrictEqual(yield* now, Option.some("had it"))
          yield* Semaphore.acquire(semaphore)
          const fiber = yield* Effect.forkChild(now)
          yield* TestClock.adjust(0)
          assert.deepStrictEqual(yield* Fiber.join(fiber), Option.none())
        })
    )

    it.effect(
      `keeps to the whole time-out, however often others come first (${kind}) [doc:Semaphore.acquire.deadline_is_total]`,
      () =>
        Effect.gen(function*() {
          const semaphore = yield* make(1)
          yield* Semaphore.acquire(semaphore)
          const ahead = yield* Effect.replicateEffect(
            Effect.forkChild(Semaphore.acquire(semaphore), { startImmediately: true }),
            3
          )
          const waiting = yield* Effect.forkChild(
            Effect.timeoutOption(Semaphore.withPermit(semaphore, Effect.void), 10),
            { startImmediately: true }
          )
          for (const each of ahead) {
            yield* TestClock.adjust(3)
            assert.isUndefined(waiting.pollUnsafe())
            yield* Semaphore.release(semaphore)
            yield* Fiber.join(each)
          }
          yield* TestClock.adjust(1)
          assert.deepStrictEqual(yield* Fiber.join(waiting), Option.none())
        })
    )

    it.effect(`may be given back by another thread than took it (${kind}) [doc:Semaphore.no_owner]`, () =>
      Effect.gen(function*() {
        const semaphore = yield* make(1)
        yield* Thread.join(yield* Thread.fork(Semaphore.acquire(semaphore)))
        assert.strictEqual(yield* Semaphore.value(semaphore), 0)
        yield* Thread.join(yield* Thread.fork(Semaphore.release(semaphore)))
        assert.strictEqual(yield* Semaphore.value(semaphore), 1)
      }).pipe(ThreadGroup.supervise))

    it.effect(
      `forgets a waiter that was interrupted: the next permit goes to a live one (${kind}) [doc:Semaphore.interrupted_acquire_keeps_permits]`,
      () =>
        Effect.gen(function*() {
          const semaphore = yield* make(1)
          yield* Semaphore.acquire(semaphore)
          const interrupted = yield* Thread.fork(Semaphore.acquire(semaphore))
          const live = yield* Thread.fork(Semaphore.acquire(semaphore))
          yield* settle
          yield* Thread.interrupt(interrupted)
          yield* Semaphore.release(semaphore)
          yield* Thread.join(live)
          assert.strictEqual(yield* Semaphore.value(semaphore), 0)
          // Interrupted with the permit given to it already, before it went on.
          const granted = yield* Thread.fork(Semaphore.withPermit(semaphore, Effect.void))
          yield* settle
          yield* Semaphore.release(semaphore)
          assert.strictEqual(yield* Semaphore.value(semaphore), 0)
          yield* Thread.interrupt(granted)
          assert.strictEqual(yield* Semaphore.value(semaphore), 1)
        }).pipe(ThreadGroup.supervise)
    )
  })
}

describe("Semaphore", () => {
  it.effect("grows by a release that nobody acquired for [lock_tests.SemaphoreTests.test_release_unacquired]", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(1)
      yield* Semaphore.release(semaphore)
      yield* Semaphore.acquire(semaphore)
      yield* Semaphore.acquire(semaphore)
      assert.isFalse(yield* Semaphore.acquireIfAvailable(semaphore))
    }))

  it.effect("tells in its string how many permits are free [lock_tests.SemaphoreTests.test_repr]", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.make(3)
      assert.match(String(semaphore), /^Semaphore-\d+\(3 free/)
      yield* Semaphore.acquire(semaphore)
      assert.match(String(semaphore), /\(2 free/)
      yield* Semaphore.release(semaphore, 2)
      assert.match(String(semaphore), /\(4 free/)
    }))
})

describe("BoundedSemaphore", () => {
  it.effect(
    "dies when it is given back more than it began with [lock_tests.BoundedSemaphoreTests.test_release_unacquired]",
    () =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.makeBounded(1)
        yield* dies(Semaphore.release(semaphore), "SemaphoreReleasedTooOftenError")
        yield* Semaphore.withPermit(semaphore, Effect.void)
        yield* dies(Semaphore.release(semaphore), "SemaphoreReleasedTooOftenError")
        assert.strictEqual(yield* Semaphore.value(semaphore), 1)
      })
  )

  it.effect("tells in its string how many of how many are free [lock_tests.BoundedSemaphoreTests.test_repr]", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.makeBounded(3)
      assert.match(String(semaphore), /\(3 of 3 free/)
      yield* Semaphore.acquire(semaphore)
      assert.match(String(semaphore), /\(2 of 3 free/)
    }))

  it.effect(
    "serves as many acquires and releases by threads as its limit, and dies of one release more [test_threading.ThreadTests.test_BoundedSemaphore_limit]",
    () =>
      Effect.gen(function*() {
        for (let limit = 1; limit < 10; limit++) {
          const semaphore = yield* Semaphore.makeBounded(limit)
          for (const step of [Semaphore.acquire(semaphore), Semaphore.release(semaphore)]) {
            const threads = yield* Effect.replicateEffect(Thread.fork(step), limit)
            yield* Effect.forEach(threads, Thread.join)
          }
          yield* dies(Semaphore.release(semaphore), "SemaphoreReleasedTooOftenError")
        }
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("gives back all or nothing [doc:BoundedSemaphore.release.all_or_nothing]", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.makeBounded(3)
      yield* Semaphore.acquire(semaphore)
      yield* dies(Semaphore.release(semaphore, 2), "SemaphoreReleasedTooOftenError")
      assert.strictEqual(yield* Semaphore.value(semaphore), 2)
      yield* Semaphore.release(semaphore, 1)
      assert.strictEqual(yield* Semaphore.value(semaphore), 3)
    }))

  it.effect("is bounded by one by default, and may be bounded by none [doc:BoundedSemaphore.default_one]", () =>
    Effect.gen(function*() {
      const one = yield* Semaphore.makeBounded()
      yield* dies(Semaphore.release(one), "SemaphoreReleasedTooOftenError")
      const none = yield* Semaphore.makeBounded(0)
      yield* dies(Semaphore.release(none), "SemaphoreReleasedTooOftenError")
    }))

  it.effect("is a semaphore, for whatever takes one [doc:BoundedSemaphore.is_semaphore]", () =>
    Effect.gen(function*() {
      const twice = (semaphore: Semaphore.Semaphore) =>
        Semaphore.withPermit(semaphore, Semaphore.withPermit(semaphore, Semaphore.value(semaphore)))
      assert.strictEqual(yield* twice(yield* Semaphore.makeBounded(2)), 0)
      assert.strictEqual(yield* twice(yield* Semaphore.make(2)), 0)
    }))
})
