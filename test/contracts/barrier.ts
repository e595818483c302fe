/** What every barrier does. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Exit } from "effect"
import { Thread } from "effect-threading"
import type { Barrier } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import { TestClock } from "effect/testing"
import type { Case } from "../support/contract.ts"
import { until, untilWaiting, waiting } from "../support/waiters.ts"
import { aWhile, forkFinalizing } from "./conduct.ts"

export type BarrierApi = Pick<
  typeof Barrier,
  "make" | "wait" | "reset" | "abort" | "parties" | "waiting" | "isBroken"
>

const isBroken = (exit: Exit.Exit<unknown, unknown>) => assert.match(String(exit), /BrokenBarrierError/)

/** Shared barriers have no action. */
export const barrierCases = (
  api: BarrierApi,
  { acts }: { readonly acts: boolean } = { acts: true }
): ReadonlyArray<Case> => {
  const { make, reset, wait } = api

  const waiter = <E>(barrier: Barrier.Barrier<E>, count: number) =>
    Effect.tap(Thread.fork(Effect.exit(wait(barrier))), () => untilWaiting(barrier, count))

  /** The barrier is empty and whole: another round goes through. */
  const isWhole = <E>(barrier: Barrier.Barrier<E>) =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* api.isBroken(barrier), yield* api.waiting(barrier)], [false, 0])
      const parties = Array.from({ length: api.parties(barrier) }, () => wait(barrier))
      const indices = yield* Effect.all(parties, { concurrency: "unbounded" })
      assert.deepStrictEqual([...indices].sort(), parties.map((_, index) => index))
    })

  /** A party that dies if it leaves a round before all have come to it. */
  const rounds = (barrier: Barrier.Barrier, count: number) => {
    const arrived = Array<number>(count).fill(0)
    return Effect.gen(function*() {
      for (let round = 0; round < count; round++) {
        arrived[round]!++
        yield* wait(barrier)
        assert.strictEqual(arrived[round], api.parties(barrier))
      }
    })
  }

  return [
    {
      title: "lets nobody through before all have come, and then everybody, round after round",
      body: Effect.gen(function*() {
        const barrier = yield* make(3)
        const party = rounds(barrier, 4)
        yield* Effect.all([party, party, party], { concurrency: "unbounded" })
        yield* isWhole(barrier)
      })
    },

    ...(acts ?
      [
        {
          title: "the action runs once a round, before anybody goes on; if it fails, the barrier breaks",
          body: Effect.gen(function*() {
            let runs = 0
            const barrier = yield* make(2, {
              action: Effect.suspend(() => ++runs === 2 ? Effect.fail("no") : Effect.yieldNow)
            })
            yield* isWhole(barrier)
            assert.strictEqual(runs, 1)
            const first = yield* waiter(barrier, 1)
            assert.deepStrictEqual(yield* Effect.exit(wait(barrier)), Exit.fail("no"))
            isBroken(yield* Thread.join(first))
            isBroken(yield* Effect.exit(wait(barrier)))
            yield* reset(barrier)
            yield* isWhole(barrier)
          })
        },

        {
          title: "who comes while the action runs belongs to the next round",
          body: Effect.gen(function*() {
            const open = yield* Deferred.make<void>()
            let runs = 0
            const barrier = yield* make(2, { action: Effect.andThen(Effect.sync(() => runs++), Deferred.await(open)) })
            const first = yield* waiter(barrier, 1)
            const last = yield* Thread.fork(Effect.exit(wait(barrier)))
            yield* until(() => runs === 1, () => "the action runs")
            const early = yield* Thread.fork(Effect.exit(wait(barrier)))
            yield* aWhile
            assert.isTrue(yield* Thread.isAlive(early))
            yield* Deferred.succeed(open, undefined)
            assert.deepStrictEqual(yield* Thread.join(first), Exit.succeed(0))
            assert.deepStrictEqual(yield* Thread.join(last), Exit.succeed(1))
            yield* untilWaiting(barrier, 1)
            yield* wait(barrier)
            assert.deepStrictEqual(yield* Thread.join(early), Exit.succeed(0))
            assert.strictEqual(runs, 2)
          })
        }
      ] :
      []),

    {
      title: "a waiter that is interrupted or times out breaks it for those that wait, until reset",
      body: Effect.gen(function*() {
        const barrier = yield* make(3)
        for (const timesOut of [false, true]) {
          const first = yield* waiter(barrier, 1)
          const second = yield* Thread.fork(Effect.timeoutOption(wait(barrier), "1 second"))
          yield* untilWaiting(barrier, 2)
          yield* timesOut ? TestClock.adjust("1 second") : Thread.interrupt(second)
          isBroken(yield* Thread.join(first))
          isBroken(yield* Effect.exit(wait(barrier)))
          yield* reset(barrier)
          yield* isWhole(barrier)
        }
      })
    },

    {
      title: "a waiter that is interrupted after the last has come breaks nothing",
      body: Effect.gen(function*() {
        const barrier = yield* make(3)
        const first = yield* waiter(barrier, 1)
        const second = yield* waiter(barrier, 2)
        yield* wait(barrier)
        yield* Thread.interrupt(first)
        assert.deepStrictEqual(yield* Thread.join(second), Exit.succeed(1))
        yield* isWhole(barrier)
      })
    },

    {
      title: "abort breaks it for those that wait and those that come, until reset",
      body: Effect.gen(function*() {
        const barrier = yield* make(2)
        const first = yield* waiter(barrier, 1)
        yield* api.abort(barrier)
        isBroken(yield* Thread.join(first))
        isBroken(yield* Effect.exit(wait(barrier)))
        yield* reset(barrier)
        const second = yield* waiter(barrier, 1)
        yield* reset(barrier)
        isBroken(yield* Thread.join(second))
        yield* isWhole(barrier)
      })
    },

    {
      title: "wait in a finalizer waits on although its thread is interrupted",
      body: Effect.gen(function*() {
        const barrier = yield* make(2)
        const thread = yield* forkFinalizing(Effect.orDie(wait(barrier)))
        const interrupter = yield* Thread.fork(Thread.interrupt(thread))
        yield* untilWaiting(barrier, 1)
        yield* aWhile
        assert.strictEqual(yield* api.waiting(barrier), 1)
        yield* wait(barrier)
        yield* Thread.join(interrupter)
        yield* isWhole(barrier)
      })
    },

    ...(acts ? [false, true] : [false]).map((last): Case => ({
      title: `${
        last ? "the last to come, with an action," : "a waiter"
      } interrupted at any operation, leaves nobody waiting for ever`,
      schedules: 5,
      body: Effect.gen(function*() {
        const operations = yield* interruptEverywhere(Effect.gen(function*() {
          const barrier = yield* make(2, last ? { action: Effect.andThen(Effect.yieldNow, Effect.yieldNow) } : {})
          const first = last
            ? yield* waiter(barrier, 1)
            : yield* Thread.fork(Effect.exit(Effect.andThen(Effect.yieldNow, wait(barrier))))
          const isAlive = () => Effect.runSync(Thread.isAlive(first))
          return {
            effect: wait(barrier),
            check: (exit: Exit.Exit<number, unknown>) =>
              Effect.gen(function*() {
                // Interrupted before it came or after the round, it broke nothing, and the other one may still wait for it.
                if (Exit.isFailure(exit) && !(yield* api.isBroken(barrier))) {
                  yield* until(() => waiting(barrier) === 1 || !isAlive(), () => "the other one waits or has gone on")
                  if (isAlive()) yield* wait(barrier)
                }
                const other = yield* Thread.join(first)
                if (Exit.isSuccess(exit)) assert.deepStrictEqual(other, Exit.succeed(1 - exit.value))
                if (yield* api.isBroken(barrier)) {
                  isBroken(other)
                  yield* reset(barrier)
                }
                yield* isWhole(barrier)
              })
          }
        }))
        assert.isAbove(operations, 1)
      })
    })),

    {
      title: "three threads meet",
      preemptions: 1,
      body: Effect.gen(function*() {
        const barrier = yield* make(3)
        const threads = [yield* Thread.fork(wait(barrier)), yield* Thread.fork(wait(barrier))]
        const indices = [yield* wait(barrier), ...yield* Effect.forEach(threads, (thread) => Thread.join(thread))]
        assert.deepStrictEqual(indices.sort(), [0, 1, 2])
      })
    },

    {
      title: "two threads meet twice, and neither leaves a round before both have come to it",
      preemptions: 2,
      body: Effect.gen(function*() {
        const barrier = yield* make(2)
        const party = rounds(barrier, 2)
        const other = yield* Thread.fork(party)
        yield* party
        yield* Thread.join(other)
      })
    },

    {
      title: "a thread interrupted at any moment has met the other one, has broken the barrier, or never came",
      preemptions: 1,
      body: Effect.gen(function*() {
        const barrier = yield* make(2)
        const [stays, goes] = [yield* Thread.fork(Effect.exit(wait(barrier))), yield* Thread.fork(wait(barrier))]
        yield* Thread.interrupt(goes)
        const gone = yield* Thread.await(goes)
        const brokenBefore = yield* api.isBroken(barrier)
        yield* api.abort(barrier)
        const stayed = yield* Thread.join(stays)
        if (Exit.isSuccess(gone)) assert.deepStrictEqual(stayed, Exit.succeed(1 - gone.value))
        if (brokenBefore) isBroken(stayed)
        yield* reset(barrier)
        yield* isWhole(barrier)
      })
    }
  ]
}
