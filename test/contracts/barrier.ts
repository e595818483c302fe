/** What every barrier does; the factory makes one for so many parties. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit } from "effect"
import { Barrier, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"
import { interruptEverywhere } from "../support/interruptEverywhere.ts"
import { until, untilWaiting } from "../support/waiters.ts"

type Options<E> = { readonly action?: Effect.Effect<unknown, E> }

export const barrierContract = (
  name: string,
  make: <E = never>(parties: number, options?: Options<E>) => Effect.Effect<Barrier.Barrier<E>>
) => {
  const test = (title: string, body: Effect.Effect<void, unknown, ThreadGroup.ThreadGroup>) =>
    it.effect(title, () => ThreadGroup.supervise(body))

  const waiter = <E>(barrier: Barrier.Barrier<E>, count: number) =>
    Effect.tap(Thread.fork(Effect.exit(Barrier.wait(barrier))), () => untilWaiting(barrier, count))

  /** The barrier is empty and whole: another round goes through. */
  const isWhole = <E>(barrier: Barrier.Barrier<E>) =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* Barrier.isBroken(barrier), yield* Barrier.waiting(barrier)], [false, 0])
      const parties = Array.from({ length: Barrier.parties(barrier) }, () => Barrier.wait(barrier))
      const indices = yield* Effect.all(parties, { concurrency: "unbounded" })
      assert.deepStrictEqual([...indices].sort(), parties.map((_, index) => index))
    })

  const isBroken = (exit: Exit.Exit<unknown, unknown>) => assert.match(String(exit), /BrokenBarrierError/)

  describe(name, () => {
    test(
      "lets nobody through before all have come, and then everybody, round after round",
      Effect.gen(function*() {
        const barrier = yield* make(3)
        const arrived = [0, 0, 0, 0]
        const party = Effect.gen(function*() {
          for (let round = 0; round < 4; round++) {
            arrived[round]!++
            yield* Barrier.wait(barrier)
            assert.strictEqual(arrived[round], 3)
          }
        })
        yield* Effect.all([party, party, party], { concurrency: "unbounded" })
        yield* isWhole(barrier)
      })
    )

    test(
      "the action runs once a round, before anybody goes on; if it fails, the barrier breaks",
      Effect.gen(function*() {
        let runs = 0
        const barrier = yield* make(2, {
          action: Effect.suspend(() => ++runs === 2 ? Effect.fail("no") : Effect.yieldNow)
        })
        yield* isWhole(barrier)
        assert.strictEqual(runs, 1)
        const first = yield* waiter(barrier, 1)
        assert.deepStrictEqual(yield* Effect.exit(Barrier.wait(barrier)), Exit.fail("no"))
        isBroken(yield* Thread.join(first))
        isBroken(yield* Effect.exit(Barrier.wait(barrier)))
        yield* Barrier.reset(barrier)
        yield* isWhole(barrier)
      })
    )

    test(
      "who comes while the action runs belongs to the next round",
      Effect.gen(function*() {
        const open = yield* Deferred.make<void>()
        let runs = 0
        const barrier = yield* make(2, { action: Effect.andThen(Effect.sync(() => runs++), Deferred.await(open)) })
        const first = yield* waiter(barrier, 1)
        const last = yield* Thread.fork(Effect.exit(Barrier.wait(barrier)))
        yield* until(() => runs === 1, () => "the action runs")
        const early = yield* Thread.fork(Effect.exit(Barrier.wait(barrier)))
        for (let step = 0; step < 10; step++) yield* Effect.yieldNow
        assert.isTrue(yield* Thread.isAlive(early))
        yield* Deferred.succeed(open, undefined)
        assert.deepStrictEqual([yield* Thread.join(first), yield* Thread.join(last)], [
          Exit.succeed(0),
          Exit.succeed(1)
        ])
        yield* untilWaiting(barrier, 1)
        yield* Barrier.wait(barrier)
        assert.deepStrictEqual(yield* Thread.join(early), Exit.succeed(0))
        assert.strictEqual(runs, 2)
      })
    )

    test(
      "a waiter that is interrupted or times out breaks it for those that wait, until reset",
      Effect.gen(function*() {
        const barrier = yield* make(3)
        for (const timesOut of [false, true]) {
          const first = yield* waiter(barrier, 1)
          const second = yield* Thread.fork(Effect.timeoutOption(Barrier.wait(barrier), "1 second"))
          yield* untilWaiting(barrier, 2)
          yield* timesOut ? TestClock.adjust("1 second") : Thread.interrupt(second)
          isBroken(yield* Thread.join(first))
          isBroken(yield* Effect.exit(Barrier.wait(barrier)))
          yield* Barrier.reset(barrier)
          yield* isWhole(barrier)
        }
      })
    )

    test(
      "a waiter that is interrupted after the last has come breaks nothing",
      Effect.gen(function*() {
        const barrier = yield* make(3)
        const first = yield* waiter(barrier, 1)
        const second = yield* waiter(barrier, 2)
        yield* Barrier.wait(barrier)
        yield* Thread.interrupt(first)
        assert.deepStrictEqual(yield* Thread.join(second), Exit.succeed(1))
        yield* isWhole(barrier)
      })
    )

    test(
      "wait in a finalizer waits on although its thread is interrupted",
      Effect.gen(function*() {
        const barrier = yield* make(2)
        const thread = yield* Thread.fork(Effect.ensuring(Effect.never, Effect.orDie(Barrier.wait(barrier))))
        yield* Effect.yieldNow
        const interrupter = yield* Thread.fork(Thread.interrupt(thread))
        yield* untilWaiting(barrier, 1)
        for (let step = 0; step < 10; step++) yield* Effect.yieldNow
        assert.strictEqual(yield* Barrier.waiting(barrier), 1)
        yield* Barrier.wait(barrier)
        yield* Thread.join(interrupter)
        yield* isWhole(barrier)
      })
    )

    for (const last of [false, true]) {
      const which = last ? "the last to come, with an action," : "a waiter"
      test(
        `${which} interrupted at any operation, leaves nobody waiting for ever`,
        Effect.gen(function*() {
          const operations = yield* interruptEverywhere(Effect.gen(function*() {
            const barrier = yield* make(2, last ? { action: Effect.andThen(Effect.yieldNow, Effect.yieldNow) } : {})
            const first = last
              ? yield* waiter(barrier, 1)
              : yield* Thread.fork(Effect.exit(Effect.andThen(Effect.yieldNow, Barrier.wait(barrier))))
            return {
              effect: Barrier.wait(barrier),
              check: (exit: Exit.Exit<number, unknown>) =>
                Effect.gen(function*() {
                  // Interrupted before it came or after the round, it broke nothing, and the other one may still wait for it.
                  if (Exit.isFailure(exit) && !(yield* Barrier.isBroken(barrier)) && (yield* Thread.isAlive(first))) {
                    yield* Barrier.wait(barrier)
                  }
                  const other = yield* Thread.join(first)
                  if (Exit.isSuccess(exit)) assert.deepStrictEqual(other, Exit.succeed(1 - exit.value))
                  if (yield* Barrier.isBroken(barrier)) {
                    isBroken(other)
                    yield* Barrier.reset(barrier)
                  }
                  yield* isWhole(barrier)
                })
            }
          }))
          assert.isAbove(operations, 3)
        })
      )
    }
  })
}
