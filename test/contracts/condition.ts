/** What every condition does, on a lock or on a re-entrant lock held as deep as it may be. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import type { Exit } from "effect"
import { Condition, Thread, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "../support/interruptEverywhere.ts"
import { until, untilWaiting, waiting } from "../support/waiters.ts"

export interface Held {
  readonly condition: Condition.Condition
  readonly lock: object
  readonly isFree: Effect.Effect<boolean>
  /** Holds the lock around the body, and dies if it is not held as deep when the body ends. */
  readonly hold: <A, E, R>(body: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** The places that a wait may stand in, inside of the hold. */
const places: ReadonlyArray<readonly [name: string, put: <E>(wait: Effect.Effect<void, E>) => Effect.Effect<void, E>]> =
  [
    ["", (wait) => wait],
    [" inside a time-out", (wait) => Effect.asVoid(Effect.timeoutOption(wait, "1 hour"))],
    [" beside a sibling", (wait) => Effect.asVoid(Effect.all([wait, Effect.yieldNow], { concurrency: "unbounded" }))],
    [" inside a fiber of its own", (wait) => Effect.raceFirst(wait, Effect.never)]
  ]

export const conditionContract = (name: string, make: Effect.Effect<Held>) => {
  const test = (title: string, body: (held: Held) => Effect.Effect<void, never, ThreadGroup.ThreadGroup>) =>
    it.effect(title, () =>
      ThreadGroup.supervise(Effect.gen(function*() {
        const held = yield* make
        yield* body(held)
        assert.isTrue(yield* held.isFree, "the lock is free at the end")
        assert.deepStrictEqual([waiting(held.condition), waiting(held.lock)], [0, 0], "nobody waits at the end")
      })))

  /** Threads that fall asleep one after the other, and write down that they woke. */
  const sleepers = ({ condition, hold }: Held, size: number, put = places[0]![1]) =>
    Effect.gen(function*() {
      const woken: Array<number> = []
      const threads: Array<Thread.Thread<void>> = []
      for (let index = 0; index < size; index++) {
        const sleep = Effect.tap(put(Condition.wait(condition)), () => Effect.sync(() => woken.push(index)))
        threads.push(yield* Thread.fork(hold(sleep)))
        yield* untilWaiting(condition, index + 1)
      }
      return { threads, woken }
    })

  const joinAll = (threads: ReadonlyArray<Thread.Thread<unknown>>) =>
    Effect.forEach(threads, (thread) => Thread.await(thread), { discard: true })

  describe(name, () => {
    test("while they sleep, the lock is free; notify wakes so many, the longest sleeping first; notifyAll the rest", (held) =>
      Effect.gen(function*() {
        const { threads, woken } = yield* sleepers(held, 5)
        assert.isTrue(yield* held.isFree)
        yield* held.hold(Condition.notify(held.condition))
        yield* Thread.join(threads[0]!)
        yield* held.hold(Condition.notify(held.condition, 2))
        yield* joinAll(threads.slice(0, 3))
        assert.deepStrictEqual(woken, [0, 1, 2])
        yield* held.hold(Condition.notifyAll(held.condition))
        yield* joinAll(threads)
        assert.deepStrictEqual(woken, [0, 1, 2, 3, 4])
      }))

    test("a woken thread goes on only when it has the lock again", (held) =>
      Effect.gen(function*() {
        const { threads, woken } = yield* sleepers(held, 2)
        yield* held.hold(Effect.gen(function*() {
          yield* Condition.notifyAll(held.condition)
          for (let step = 0; step < 10; step++) yield* Effect.yieldNow
          assert.strictEqual(waiting(held.lock), 2)
          assert.deepStrictEqual(woken, [])
        }))
        yield* joinAll(threads)
      }))

    test("waiting and notifying without the lock die", (held) =>
      Effect.gen(function*() {
        const all = [
          Condition.wait(held.condition),
          Condition.waitFor(held.condition, () => true),
          Condition.notify(held.condition),
          Condition.notifyAll(held.condition)
        ]
        for (const operation of all) {
          const exit = yield* Thread.await(yield* Thread.fork(Effect.exit(operation)))
          assert.match(String(exit), /LockNotHeldError/)
        }
      }))

    test("a notification with nobody asleep is not kept", (held) =>
      Effect.gen(function*() {
        yield* held.hold(Condition.notify(held.condition))
        const { threads, woken } = yield* sleepers(held, 1)
        assert.deepStrictEqual(woken, [])
        yield* held.hold(Condition.notify(held.condition))
        yield* joinAll(threads)
      }))

    test("waitFor does not give the lock back if it need not wait, and looks once after each notification", (held) =>
      Effect.gen(function*() {
        let looks = 0
        yield* held.hold(Condition.waitFor(held.condition, () => ++looks === 1))
        assert.strictEqual(looks, 1)
        const thread = yield* Thread.fork(held.hold(Condition.waitFor(held.condition, () => ++looks === 4)))
        for (let look = 2; look < 4; look++) {
          yield* untilWaiting(held.condition, 1)
          assert.strictEqual(looks, look)
          yield* held.hold(Condition.notify(held.condition))
          yield* until(() => looks === look + 1, () => "it looks again")
        }
        yield* Thread.join(thread)
      }))

    for (const [place, put] of places) {
      test(`wait${place}: interrupted while asleep, a thread takes the lock back first, and no notification with it`, (held) =>
        Effect.gen(function*() {
          const { threads, woken } = yield* sleepers(held, 3, put)
          yield* held.hold(Effect.gen(function*() {
            const interrupter = yield* Thread.fork(Thread.interrupt(threads[0]!))
            yield* untilWaiting(held.lock, 1)
            assert.isTrue(yield* Thread.isAlive(interrupter))
            yield* Condition.notify(held.condition)
          }))
          yield* joinAll(threads.slice(0, 2))
          assert.deepStrictEqual(woken, [1])
          yield* held.hold(Condition.notify(held.condition))
          yield* joinAll(threads)
        }))

      test(`wait${place}: interrupted after it was notified, a thread passes the notification on`, (held) =>
        Effect.gen(function*() {
          const { threads, woken } = yield* sleepers(held, 3, put)
          const interrupter = yield* held.hold(Effect.gen(function*() {
            yield* Condition.notify(held.condition)
            const interrupter = yield* Thread.fork(Thread.interrupt(threads[0]!))
            for (let step = 0; step < 10; step++) yield* Effect.yieldNow
            return interrupter
          }))
          yield* joinAll([interrupter, threads[0]!, threads[1]!])
          assert.deepStrictEqual(woken, [1])
          yield* held.hold(Condition.notify(held.condition))
          yield* joinAll(threads)
        }))

      test(`wait${place}: interrupted after it was granted the lock and before it went on, it passes both on`, (held) =>
        Effect.gen(function*() {
          const { threads, woken } = yield* sleepers(held, 2, put)
          yield* held.hold(Condition.notify(held.condition))
          assert.isFalse(yield* held.isFree, "granted")
          yield* Thread.interrupt(threads[0]!)
          yield* joinAll(threads)
          assert.deepStrictEqual(woken, [1])
        }))

      test(`waitFor${place}: interrupted at any operation, a token goes to who is left, and the depth is restored`, (held) =>
        Effect.gen(function*() {
          const { condition, hold } = held
          const make = Effect.gen(function*() {
            let tokens = 0
            let isTaken = false
            const take = (done: () => void) =>
              hold(Effect.andThen(
                put(Condition.waitFor(condition, () => tokens > 0)),
                Effect.sync(() => {
                  if (tokens > 0) tokens--
                  done()
                })
              ))
            const give = hold(Effect.andThen(Effect.sync(() => tokens++), Condition.notify(condition)))
            const ended = yield* Deferred.make<void>()
            const giver = yield* Thread.fork(Effect.gen(function*() {
              yield* Effect.raceFirst(untilWaiting(condition, 1), Deferred.await(ended))
              yield* give
            }))
            const check = (exit: Exit.Exit<void>) =>
              Effect.gen(function*() {
                yield* Deferred.succeed(ended, undefined)
                yield* Thread.join(giver)
                if (exit._tag === "Success") assert.isTrue(isTaken)
                const other = yield* Thread.fork(take(() => {}))
                if (isTaken) {
                  yield* untilWaiting(condition, 1)
                  yield* give
                }
                yield* Thread.join(other)
                assert.strictEqual(tokens, 0)
                assert.isTrue(yield* held.isFree)
              })
            return { effect: take(() => isTaken = true), check }
          })
          assert.isAbove(yield* interruptEverywhere(make), 10)
        }))

      test(`waitFor${place}: a sleeper behind one that is interrupted at any operation gets its notification`, (held) =>
        Effect.gen(function*() {
          const { condition, hold } = held
          const make = Effect.gen(function*() {
            let tokens = 0
            const take = hold(Effect.andThen(
              put(Condition.waitFor(condition, () => tokens > 0)),
              Effect.sync(() => tokens > 0 && tokens--)
            ))
            const give = hold(Effect.andThen(Effect.sync(() => tokens++), Condition.notify(condition)))
            const ended = yield* Deferred.make<void>()
            const isAsleep = (count: number) => Effect.raceFirst(untilWaiting(condition, count), Deferred.await(ended))
            const behind = yield* Thread.fork(Effect.andThen(isAsleep(1), take))
            const giver = yield* Thread.fork(Effect.andThen(isAsleep(2), give))
            const check = () =>
              Effect.gen(function*() {
                yield* Deferred.succeed(ended, undefined)
                yield* Thread.join(giver)
                // Nobody sleeps beside a token, once all have had their turn.
                yield* until(() => tokens === 0 && Effect.runSync(held.isFree), () => "the token is taken")
                if (yield* Thread.isAlive(behind)) {
                  yield* untilWaiting(condition, 1)
                  yield* give
                }
                yield* Thread.join(behind)
              })
            return { effect: take, check }
          })
          assert.isAbove(yield* interruptEverywhere(make), 10)
        }))
    }

    test("wait in a finalizer sleeps on although its thread is interrupted", (held) =>
      Effect.gen(function*() {
        const thread = yield* Thread.fork(
          Effect.ensuring(Effect.never, held.hold(Condition.wait(held.condition)))
        )
        yield* Effect.yieldNow
        const interrupter = yield* Thread.fork(Thread.interrupt(thread))
        yield* untilWaiting(held.condition, 1)
        for (let step = 0; step < 10; step++) yield* Effect.yieldNow
        assert.isTrue(yield* Thread.isAlive(thread))
        yield* held.hold(Condition.notify(held.condition))
        yield* joinAll([thread, interrupter])
      }))
  })
}
