/** What every condition does, on a lock or on a re-entrant lock held as deep as it may be. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { Thread } from "effect-threading"
import type { Condition, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import type { Case } from "../support/contract.ts"
import { until, untilWaiting, waiting } from "../support/waiters.ts"
import { awaitAll, aWhile, forkFinalizing, interruptNow, withoutPreemption } from "./conduct.ts"

export type ConditionApi = Pick<typeof Condition, "wait" | "waitFor" | "notify" | "notifyAll">

export interface Held {
  readonly condition: Condition.Condition
  readonly lock: object
  readonly isFree: Effect.Effect<boolean>
  /** Holds the lock around the body, and dies if it is not held as deep when the body ends. */
  readonly hold: <A, E, R>(body: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

type Put = <E>(wait: Effect.Effect<void, E>) => Effect.Effect<void, E>

/** The places that a wait may stand in, inside of the hold. */
const places: ReadonlyArray<readonly [name: string, put: Put]> = [
  ["", (wait) => wait],
  [" inside a time-out", (wait) => Effect.asVoid(Effect.timeoutOption(wait, "1 hour"))],
  [" beside a sibling", (wait) => Effect.asVoid(Effect.all([wait, Effect.yieldNow], { concurrency: "unbounded" }))],
  [" inside a fiber of its own", (wait) => Effect.raceFirst(wait, Effect.never)]
]

type Body = (held: Held) => Effect.Effect<void, never, ThreadGroup.ThreadGroup>

/** Between OS threads a notified sleeper is not in the lock's queue at once, and whoever comes first has the lock. */
export const conditionCases = (
  api: ConditionApi,
  make: Effect.Effect<Held>,
  { barges }: { readonly barges: boolean } = { barges: false }
): ReadonlyArray<Case> => {
  const { notify, notifyAll, wait, waitFor } = api
  const inOrder = (woken: ReadonlyArray<number>) => barges ? woken.toSorted() : woken
  const on = (title: string, body: Body, options?: Partial<Case>): Case => ({
    ...options,
    title,
    body: Effect.gen(function*() {
      const held = yield* make
      yield* body(held)
      assert.isTrue(yield* held.isFree, "the lock is free at the end")
      assert.deepStrictEqual([waiting(held.condition), waiting(held.lock)], [0, 0], "nobody waits at the end")
    })
  })

  /** Threads that fall asleep one after the other, and write down that they woke. */
  const sleepers = ({ condition, hold }: Held, size: number, put = places[0]![1]) =>
    Effect.gen(function*() {
      const woken: Array<number> = []
      const threads: Array<Thread.Thread<void>> = []
      for (let index = 0; index < size; index++) {
        const sleep = Effect.tap(put(wait(condition)), () => Effect.sync(() => woken.push(index)))
        threads.push(yield* Thread.fork(hold(sleep)))
        yield* untilWaiting(condition, index + 1)
      }
      return { threads, woken }
    })

  /** One that takes a token, is interrupted somewhere, and may have taken it; who comes after it gets what there is. */
  const taken = ({ condition, hold, isFree }: Held, put: Put) =>
    Effect.gen(function*() {
      let tokens = 0
      let isTaken = false
      const take = (done: () => void) =>
        hold(Effect.andThen(
          put(waitFor(condition, () => tokens > 0)),
          Effect.sync(() => {
            if (tokens > 0) tokens--
            done()
          })
        ))
      const give = hold(Effect.andThen(Effect.sync(() => tokens++), notify(condition)))
      const ended = yield* Deferred.make<void>()
      const giver = yield* Thread.fork(Effect.gen(function*() {
        yield* Effect.raceFirst(untilWaiting(condition, 1), Deferred.await(ended))
        yield* give
      }))
      const check = (exit: Exit.Exit<void>) =>
        Effect.gen(function*() {
          yield* Deferred.succeed(ended, undefined)
          yield* Thread.join(giver)
          if (Exit.isSuccess(exit)) assert.isTrue(isTaken)
          const other = yield* Thread.fork(take(() => {}))
          if (isTaken) {
            yield* untilWaiting(condition, 1)
            yield* give
          }
          yield* Thread.join(other)
          assert.strictEqual(tokens, 0)
          assert.isTrue(yield* isFree)
        })
      return { effect: take(() => isTaken = true), check }
    })

  /** One that takes a token, is interrupted somewhere, and another one behind it: nobody sleeps beside a token. */
  const behind = ({ condition, hold, isFree }: Held, put: Put) =>
    Effect.gen(function*() {
      let [tokens, hasTaken] = [0, false]
      const take = (done: () => void) =>
        hold(Effect.andThen(
          put(waitFor(condition, () => tokens > 0)),
          Effect.sync(() => {
            if (tokens > 0) tokens--
            done()
          })
        ))
      const give = hold(Effect.andThen(Effect.sync(() => tokens++), notify(condition)))
      const ended = yield* Deferred.make<void>()
      const isAsleep = (count: number) => Effect.raceFirst(untilWaiting(condition, count), Deferred.await(ended))
      const next = yield* Thread.fork(Effect.andThen(isAsleep(1), take(() => hasTaken = true)))
      const giver = yield* Thread.fork(Effect.andThen(isAsleep(2), give))
      const check = () =>
        Effect.gen(function*() {
          yield* Deferred.succeed(ended, undefined)
          yield* Thread.join(giver)
          // Nobody sleeps beside a token, once all have had their turn.
          yield* until(() => tokens === 0 && Effect.runSync(isFree), () => "the token is taken")
          if (!hasTaken) {
            yield* untilWaiting(condition, 1)
            yield* give
          }
          yield* Thread.join(next)
        })
      return { effect: take(() => {}), check }
    })

  return [
    on(
      "while they sleep, the lock is free; notify wakes so many, the longest sleeping first; notifyAll the rest",
      (held) =>
        Effect.gen(function*() {
          const { threads, woken } = yield* sleepers(held, 5)
          assert.isTrue(yield* held.isFree)
          yield* held.hold(notify(held.condition))
          yield* Thread.join(threads[0]!)
          yield* held.hold(notify(held.condition, 2))
          yield* awaitAll(threads.slice(0, 3))
          assert.deepStrictEqual(inOrder(woken), [0, 1, 2])
          yield* held.hold(notifyAll(held.condition))
          yield* awaitAll(threads)
          assert.deepStrictEqual(inOrder(woken), [0, 1, 2, 3, 4])
        })
    ),

    on("a woken thread goes on only when it has the lock again", (held) =>
      Effect.gen(function*() {
        const { threads, woken } = yield* sleepers(held, 2)
        yield* held.hold(Effect.gen(function*() {
          yield* notifyAll(held.condition)
          yield* untilWaiting(held.lock, 2)
          yield* aWhile
          assert.deepStrictEqual(woken, [])
        }))
        yield* awaitAll(threads)
      })),

    on("notifyAll wakes those who sleep, and not who comes later", (held) =>
      Effect.gen(function*() {
        const early = yield* sleepers(held, 2)
        yield* held.hold(notifyAll(held.condition))
        const late = yield* Thread.fork(held.hold(wait(held.condition)))
        yield* awaitAll(early.threads)
        yield* untilWaiting(held.condition, 1)
        yield* aWhile
        assert.isTrue(yield* Thread.isAlive(late))
        yield* held.hold(notifyAll(held.condition))
        yield* Thread.join(late)
      })),

    on("waiting and notifying without the lock die", (held) =>
      Effect.gen(function*() {
        const all = [
          wait(held.condition),
          waitFor(held.condition, () => true),
          notify(held.condition),
          notifyAll(held.condition)
        ]
        for (const operation of all) {
          const exit = yield* Thread.join(yield* Thread.fork(Effect.exit(operation)))
          assert.match(String(exit), /LockNotHeldError/)
        }
      })),

    on("a notification with nobody asleep is not kept", (held) =>
      Effect.gen(function*() {
        yield* held.hold(notify(held.condition))
        const { threads, woken } = yield* sleepers(held, 1)
        assert.deepStrictEqual(woken, [])
        yield* held.hold(notify(held.condition))
        yield* awaitAll(threads)
      })),

    on(
      "waitFor does not give the lock back if it need not wait, and looks once after each notification",
      (held) =>
        Effect.gen(function*() {
          let looks = 0
          yield* held.hold(waitFor(held.condition, () => ++looks === 1))
          assert.strictEqual(looks, 1)
          const thread = yield* Thread.fork(held.hold(waitFor(held.condition, () => ++looks === 4)))
          for (let look = 2; look < 4; look++) {
            yield* untilWaiting(held.condition, 1)
            assert.strictEqual(looks, look)
            yield* held.hold(notify(held.condition))
            yield* until(() => looks === look + 1, () => "it looks again")
          }
          yield* Thread.join(thread)
        })
    ),

    ...places.flatMap(([place, put]) => [
      on(
        `wait${place}: interrupted while asleep, a thread takes the lock back first, and no notification with it`,
        (held) =>
          Effect.gen(function*() {
            const { threads, woken } = yield* sleepers(held, 3, put)
            yield* held.hold(Effect.gen(function*() {
              const interrupter = yield* Thread.fork(Thread.interrupt(threads[0]!))
              yield* untilWaiting(held.lock, 1)
              assert.isTrue(yield* Thread.isAlive(interrupter))
              yield* notify(held.condition)
            }))
            yield* awaitAll(threads.slice(0, 2))
            assert.deepStrictEqual(woken, [1])
            yield* held.hold(notify(held.condition))
            yield* awaitAll(threads)
          })
      ),

      on(
        `wait${place}: interrupted after it was notified, a thread passes the notification on`,
        (held) =>
          Effect.gen(function*() {
            const { threads, woken } = yield* sleepers(held, 3, put)
            const interrupter = yield* held.hold(
              Effect.andThen(notify(held.condition), interruptNow(threads[0]!))
            )
            yield* Fiber.join(interrupter)
            yield* awaitAll(threads.slice(0, 2))
            assert.deepStrictEqual(woken, [1])
            yield* held.hold(notify(held.condition))
            yield* awaitAll(threads)
          })
      ),

      on(
        `wait${place}: interrupted after it was granted the lock and before it went on, it passes both on`,
        (held) =>
          withoutPreemption(Effect.gen(function*() {
            const { threads, woken } = yield* sleepers(held, 2, put)
            yield* held.hold(notify(held.condition))
            if (!barges) assert.isFalse(yield* held.isFree, "granted")
            yield* Thread.interrupt(threads[0]!)
            yield* awaitAll(threads)
            assert.deepStrictEqual(woken, [1])
          }))
      ),

      on(
        `waitFor${place}: interrupted at any operation, a token goes to who is left, and the depth is restored`,
        (held) => Effect.map(interruptEverywhere(taken(held, put)), (operations) => assert.isAbove(operations, 10)),
        { schedules: 5 }
      ),

      on(
        `waitFor${place}: a sleeper behind one that is interrupted at any operation gets its notification`,
        (held) => Effect.map(interruptEverywhere(behind(held, put)), (operations) => assert.isAbove(operations, 10)),
        { schedules: 5 }
      )
    ]),

    on("wait in a finalizer sleeps on although its thread is interrupted", (held) =>
      Effect.gen(function*() {
        const thread = yield* forkFinalizing(held.hold(wait(held.condition)))
        const interrupter = yield* Thread.fork(Thread.interrupt(thread))
        yield* untilWaiting(held.condition, 1)
        yield* aWhile
        assert.isTrue(yield* Thread.isAlive(thread))
        yield* held.hold(notify(held.condition))
        yield* awaitAll([thread, interrupter])
      })),

    on("who waits for what another thread makes true is woken", (held) =>
      Effect.gen(function*() {
        let isTrue = false
        const waiter = yield* Thread.fork(held.hold(waitFor(held.condition, () => isTrue)))
        yield* held.hold(Effect.andThen(Effect.sync(() => isTrue = true), notify(held.condition)))
        yield* Thread.join(waiter)
      }), { preemptions: 2 }),

    on(
      "a notification given to a waiter that is interrupted at that moment reaches the other one",
      (held) =>
        Effect.gen(function*() {
          let tokens = 0
          const takers: Array<string> = []
          const take = (name: string) =>
            held.hold(Effect.andThen(
              waitFor(held.condition, () => tokens > 0),
              Effect.sync(() => {
                tokens--
                takers.push(name)
              })
            ))
          const [first, second] = [yield* Thread.fork(take("first")), yield* Thread.fork(take("second"))]
          const give = held.hold(Effect.andThen(Effect.sync(() => tokens++), notify(held.condition)))
          const giver = yield* Thread.fork(give)
          yield* Thread.interrupt(first)
          yield* Thread.join(giver)
          if (takers.includes("first")) yield* give
          yield* Thread.join(second)
        }),
      { preemptions: 1 }
    ),

    on(
      "a sleeper that is interrupted holds the lock as deep as before, and gives it back",
      (held) =>
        Effect.gen(function*() {
          const sleeper = yield* Thread.fork(held.hold(wait(held.condition)))
          const other = yield* Thread.fork(held.hold(Effect.yieldNow))
          yield* Thread.interrupt(sleeper)
          yield* Thread.join(other)
        }),
      { preemptions: 2 }
    )
  ]
}
