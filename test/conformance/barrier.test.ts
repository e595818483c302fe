/** Barriers as CPython has them. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option } from "effect"
import { Barrier, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"

/** Lets every thread come as far as it can. */
const settle = Effect.replicateEffect(Effect.yieldNow, 50, { discard: true })

const wait = <E>(barrier: Barrier.Barrier<E>) => Effect.exit(Barrier.wait(barrier))

const isBroken = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof Barrier.BrokenBarrierError

const brokenOf = (exits: ReadonlyArray<Exit.Exit<unknown, unknown>>) => exits.filter(isBroken).length

const joinAll = <A, E>(threads: ReadonlyArray<Thread.Thread<A, E>>) => Effect.forEach(threads, Thread.join)

describe("Barrier", () => {
  it.effect("dies of less than one party [lock_tests.BarrierTests.test_constructor]", () =>
    Effect.gen(function*() {
      for (const parties of [0, -1, 1.5]) {
        const exit = yield* Effect.exit(Barrier.make(parties))
        assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof Barrier.InvalidPartiesError)
      }
    }))

  for (
    const [rounds, id] of [
      [1, "lock_tests.BarrierTests.test_barrier"],
      [10, "lock_tests.BarrierTests.test_barrier_10"]
    ] as const
  ) {
    it.effect(`lets nobody through before all have come, in ${rounds} rounds of two waits [${id}]`, () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(5)
        let [first, second] = [0, 0]
        const party = Effect.gen(function*() {
          for (let round = 1; round <= rounds; round++) {
            first++
            yield* Barrier.wait(barrier)
            assert.strictEqual(first, 5 * round)
            second++
            yield* Barrier.wait(barrier)
            assert.strictEqual(second, 5 * round)
          }
        })
        yield* joinAll(yield* Effect.replicateEffect(Thread.fork(party), 5))
        assert.strictEqual(yield* Barrier.waiting(barrier), 0)
        assert.isFalse(yield* Barrier.isBroken(barrier))
      }).pipe(ThreadGroup.supervise))
  }

  it.effect(
    "answers each party with its place in the order of coming [lock_tests.BarrierTests.test_wait_return] [doc:Barrier.index_is_arrival_order]",
    () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(5)
        const threads: Array<Thread.Thread<number, Barrier.BrokenBarrierError>> = []
        for (let index = 0; index < 5; index++) {
          threads.push(yield* Thread.fork(Barrier.wait(barrier)))
          yield* settle
        }
        assert.deepStrictEqual(yield* joinAll(threads), [0, 1, 2, 3, 4])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "runs its action once a round, by who came last, before anybody goes on [lock_tests.BarrierTests.test_action] [doc:Barrier.action_in_last_arriver]",
    () =>
      Effect.gen(function*() {
        const runners: Array<string> = []
        const action = Effect.andThen(
          Effect.replicateEffect(Effect.yieldNow, 5, { discard: true }),
          Effect.flatMap(Thread.current, (thread) => Effect.sync(() => runners.push(thread.name)))
        )
        const barrier = yield* Barrier.make(5, { action })
        const seen: Array<number> = []
        const party = Effect.map(Barrier.wait(barrier), () => seen.push(runners.length))
        const threads: Array<Thread.Thread<number, Barrier.BrokenBarrierError>> = []
        for (let index = 0; index < 5; index++) {
          threads.push(yield* Thread.fork(party, { name: `party-${index}` }))
          yield* settle
        }
        yield* joinAll(threads)
        assert.deepStrictEqual(runners, ["party-4"])
        assert.deepStrictEqual(seen, [1, 1, 1, 1, 1])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("fails all who wait once one aborts [lock_tests.BarrierTests.test_abort]", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(5)
      const party = Effect.gen(function*() {
        const index = yield* Barrier.wait(barrier)
        if (index === 2) return yield* Effect.as(Barrier.abort(barrier), "aborted" as const)
        return yield* wait(barrier)
      })
      const answers = yield* joinAll(yield* Effect.replicateEffect(Thread.fork(party), 5))
      assert.strictEqual(brokenOf(answers.filter((answer) => answer !== "aborted")), 4)
      assert.isTrue(yield* Barrier.isBroken(barrier))
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "fails exactly those who wait when it is reset, and serves the next round [lock_tests.BarrierTests.test_reset] [doc:Barrier.reset_with_waiters_not_broken]",
    () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(5)
        const waiting = yield* Effect.replicateEffect(Thread.fork(wait(barrier)), 4)
        yield* settle
        assert.strictEqual(yield* Barrier.waiting(barrier), 4)
        yield* Barrier.reset(barrier)
        assert.strictEqual(brokenOf(yield* joinAll(waiting)), 4)
        assert.isFalse(yield* Barrier.isBroken(barrier))
        assert.strictEqual(yield* Barrier.waiting(barrier), 0)
        const next = yield* joinAll(yield* Effect.replicateEffect(Thread.fork(Barrier.wait(barrier)), 5))
        assert.deepStrictEqual([...next].sort(), [0, 1, 2, 3, 4])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("can be used again after abort and reset [lock_tests.BarrierTests.test_abort_and_reset]", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(5)
      const waiting = yield* Effect.replicateEffect(Thread.fork(wait(barrier)), 4)
      yield* settle
      yield* Barrier.abort(barrier)
      assert.strictEqual(brokenOf(yield* joinAll(waiting)), 4)
      yield* Barrier.reset(barrier)
      const next = yield* joinAll(yield* Effect.replicateEffect(Thread.fork(Barrier.wait(barrier)), 5))
      assert.deepStrictEqual([...next].sort(), [0, 1, 2, 3, 4])
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "breaks for all, late comers too, when a wait times out [lock_tests.BarrierTests.test_timeout] [doc:Barrier.timeout_breaks_everyone]",
    () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(5)
        const patient = yield* Effect.replicateEffect(Thread.fork(wait(barrier)), 3)
        const hasty = yield* Thread.fork(Effect.timeoutOption(Barrier.wait(barrier), 500))
        yield* settle
        assert.strictEqual(yield* Barrier.waiting(barrier), 4)
        yield* TestClock.adjust(500)
        assert.deepStrictEqual(yield* Thread.join(hasty), Option.none())
        assert.strictEqual(brokenOf(yield* joinAll(patient)), 3)
        assert.isTrue(isBroken(yield* wait(barrier)))
        assert.isTrue(yield* Barrier.isBroken(barrier))
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("lets a single party pass at once, again and again [lock_tests.BarrierTests.test_single_thread]", () =>
    Effect.sync(() => {
      const twice = Effect.flatMap(
        Barrier.make(1),
        (barrier) => Effect.all([Barrier.wait(barrier), Barrier.wait(barrier)])
      )
      assert.deepStrictEqual(Effect.runSync(twice), [0, 0])
    }))

  it.effect("tells in its string how many wait, and that it is broken [lock_tests.BarrierTests.test_repr]", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(3)
      assert.match(String(barrier), /^Barrier-\d+\(0 of 3 waiting\)$/)
      const threads = yield* Effect.replicateEffect(Thread.fork(Barrier.wait(barrier)), 2)
      yield* settle
      assert.match(String(barrier), /\(2 of 3 waiting\)$/)
      yield* Barrier.wait(barrier)
      yield* joinAll(threads)
      assert.match(String(barrier), /\(0 of 3 waiting\)$/)
      yield* Barrier.abort(barrier)
      assert.match(String(barrier), /\(broken\)$/)
    }).pipe(ThreadGroup.supervise))

  it.effect("tells its parties, who waits, and whether it is broken [doc:Barrier.properties]", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(3)
      assert.strictEqual(Barrier.parties(barrier), 3)
      const threads = yield* Effect.replicateEffect(Thread.fork(wait(barrier)), 2)
      yield* settle
      assert.strictEqual(yield* Barrier.waiting(barrier), 2)
      assert.isFalse(yield* Barrier.isBroken(barrier))
      // Full: those who came have not gone on yet, and don't count any more.
      yield* Barrier.wait(barrier)
      assert.strictEqual(yield* Barrier.waiting(barrier), 0)
      yield* joinAll(threads)
      yield* Barrier.abort(barrier)
      assert.isTrue(yield* Barrier.isBroken(barrier))
      assert.strictEqual(yield* Barrier.waiting(barrier), 0)
    }).pipe(ThreadGroup.supervise))

  it.effect("is broken for the others by an action that fails, and for good [doc:Barrier.action_error_breaks]", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(3, { action: Effect.fail("no action" as const) })
      const threads = yield* Effect.replicateEffect(Thread.fork(wait(barrier)), 2)
      yield* settle
      assert.deepStrictEqual(yield* wait(barrier), Exit.fail("no action" as const))
      assert.strictEqual(brokenOf(yield* joinAll(threads)), 2)
      assert.isTrue(yield* Barrier.isBroken(barrier))
    }).pipe(ThreadGroup.supervise))

  it.effect("fails at once while it is broken, until it is reset [doc:Barrier.wait_on_broken]", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(2)
      yield* Barrier.abort(barrier)
      assert.isTrue(isBroken(yield* wait(barrier)))
      assert.isTrue(isBroken(yield* wait(barrier)))
      yield* Barrier.reset(barrier)
      const first = yield* Thread.fork(Barrier.wait(barrier))
      yield* settle
      assert.strictEqual(yield* Barrier.wait(barrier), 1)
      assert.strictEqual(yield* Thread.join(first), 0)
    }).pipe(ThreadGroup.supervise))

  it.effect(
    "with no time to wait, breaks, unless it is the last to come [doc:Barrier.nonpositive_timeout]",
    () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(2)
        for (const time of [0, -1]) {
          const alone = yield* Thread.fork(Effect.timeoutOption(Barrier.wait(barrier), time))
          yield* settle
          yield* TestClock.adjust(0)
          assert.deepStrictEqual(yield* Thread.join(alone), Option.none())
          assert.isTrue(yield* Barrier.isBroken(barrier))
          yield* Barrier.reset(barrier)
          const first = yield* Thread.fork(Barrier.wait(barrier))
          yield* settle
          assert.deepStrictEqual(yield* Effect.timeoutOption(Barrier.wait(barrier), time), Option.some(1))
          yield* Thread.join(first)
        }
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("fails with a tagged error that can be caught by its tag [doc:Barrier.error_type]", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(2)
      yield* Barrier.abort(barrier)
      const caught = yield* Effect.catchTag(
        Barrier.wait(barrier),
        "BrokenBarrierError",
        (error) => Effect.succeed([error instanceof Error, error.parties])
      )
      assert.deepStrictEqual(caught, [true, 2])
    }))

  it.effect("may be reset with nobody there, and is whole then [doc:Barrier.reset_idle]", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(1)
      yield* Barrier.reset(barrier)
      assert.strictEqual(yield* Barrier.wait(barrier), 0)
      yield* Barrier.abort(barrier)
      yield* Barrier.reset(barrier)
      assert.isFalse(yield* Barrier.isBroken(barrier))
      assert.strictEqual(yield* Barrier.wait(barrier), 0)
    }))

  it.effect(
    "counts who comes again at once for the next round, not for the one that others are still leaving [doc:Barrier.draining_blocks_newcomers]",
    () =>
      Effect.gen(function*() {
        let release: Effect.Effect<void> = Effect.void
        const action = Effect.callback<void>((resume) => {
          release = Effect.sync(() => resume(Effect.void))
        })
        const barrier = yield* Barrier.make(2, { action })
        const first = yield* Thread.fork(Barrier.wait(barrier))
        const second = yield* Thread.fork(Barrier.wait(barrier))
        yield* settle
        // The round is full and its action runs: this one is early for the next.
        const early = yield* Thread.fork(Barrier.wait(barrier))
        yield* settle
        assert.strictEqual((yield* Thread.state(early))._tag, "Blocked")
        yield* release
        assert.deepStrictEqual([yield* Thread.join(first), yield* Thread.join(second)], [0, 1])
        yield* settle
        assert.isTrue(yield* Thread.isAlive(early))
        assert.strictEqual(yield* Barrier.waiting(barrier), 1)
        const last = yield* Thread.fork(Barrier.wait(barrier))
        yield* settle
        yield* release
        assert.deepStrictEqual([yield* Thread.join(early), yield* Thread.join(last)], [0, 1])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect(
    "holds who comes again before the others of its round have gone on for the next round [doc:Barrier.draining_blocks_newcomers]",
    () =>
      Effect.gen(function*() {
        const barrier = yield* Barrier.make(3)
        const left: Array<number> = []
        const slow = yield* Effect.replicateEffect(
          Thread.fork(Effect.map(Barrier.wait(barrier), (index) => left.push(index))),
          2
        )
        yield* settle
        const fast = yield* Thread.fork(Effect.gen(function*() {
          const first = yield* Barrier.wait(barrier)
          assert.deepStrictEqual(left, [])
          return [first, yield* Barrier.wait(barrier)]
        }))
        yield* joinAll(slow)
        yield* settle
        assert.deepStrictEqual(left, [0, 1])
        assert.isTrue(yield* Thread.isAlive(fast))
        assert.strictEqual(yield* Barrier.waiting(barrier), 1)
        const rest = yield* Effect.replicateEffect(Thread.fork(Barrier.wait(barrier)), 2)
        assert.deepStrictEqual([yield* Thread.join(fast), ...yield* joinAll(rest)], [[2, 0], 1, 2])
      }).pipe(ThreadGroup.supervise)
  )

  it.effect("breaks when a waiter is interrupted, so that nobody waits for one who went", () =>
    Effect.gen(function*() {
      const barrier = yield* Barrier.make(3)
      const other = yield* Thread.fork(wait(barrier))
      const interrupted = yield* Effect.forkChild(Barrier.wait(barrier), { startImmediately: true })
      yield* settle
      assert.strictEqual(yield* Barrier.waiting(barrier), 2)
      yield* Fiber.interrupt(interrupted)
      assert.isTrue(isBroken(yield* Thread.join(other)))
      assert.isTrue(yield* Barrier.isBroken(barrier))
      assert.strictEqual(yield* Barrier.waiting(barrier), 0)
    }).pipe(ThreadGroup.supervise))
})
