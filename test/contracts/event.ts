/** What every event does. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Thread } from "effect-threading"
import type { Event, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import type { Case } from "../support/contract.ts"
import { untilWaiting, waiting } from "../support/waiters.ts"
import { aWhile, forkFinalizing } from "./conduct.ts"

export type EventApi = Pick<typeof Event, "make" | "wait" | "set" | "clear" | "isSet">

type Body = (event: Event.Event) => Effect.Effect<void, never, ThreadGroup.ThreadGroup>

export const eventCases = (api: EventApi): ReadonlyArray<Case> => {
  const { clear, isSet, set, wait } = api
  const on = (title: string, body: Body, options?: Partial<Case>): Case => ({
    ...options,
    title,
    body: Effect.gen(function*() {
      const event = yield* api.make()
      yield* body(event)
      assert.strictEqual(waiting(event), 0, "nobody waits at the end")
    })
  })

  const line = (event: Event.Event, size: number) =>
    Effect.gen(function*() {
      const woken: Array<number> = []
      const threads: Array<Thread.Thread<unknown>> = []
      for (let index = 0; index < size; index++) {
        threads.push(yield* Thread.fork(Effect.tap(wait(event), () => Effect.sync(() => woken.push(index)))))
        yield* untilWaiting(event, index + 1)
      }
      return { threads, woken }
    })

  return [
    on("wait goes on at once if it is set, and after clear waits again", (event) =>
      Effect.gen(function*() {
        assert.isFalse(yield* isSet(event))
        yield* set(event)
        yield* set(event)
        yield* wait(event)
        assert.isTrue(yield* isSet(event))
        yield* clear(event)
        const { threads } = yield* line(event, 1)
        yield* set(event)
        yield* Thread.join(threads[0]!)
      })),

    on("set wakes everybody, although clear comes right after", (event) =>
      Effect.gen(function*() {
        const { threads, woken } = yield* line(event, 4)
        yield* set(event)
        yield* clear(event)
        yield* Effect.forEach(threads, (thread) => Thread.join(thread))
        assert.deepStrictEqual(woken.toSorted(), [0, 1, 2, 3])
        assert.isFalse(yield* isSet(event))
      })),

    on(
      "a thread that is interrupted while it waits leaves, and the others are woken",
      (event) =>
        Effect.gen(function*() {
          const { threads, woken } = yield* line(event, 3)
          yield* Thread.interrupt(threads[1]!)
          assert.strictEqual(waiting(event), 2)
          yield* set(event)
          yield* Thread.interrupt(threads[0]!)
          yield* Thread.join(threads[2]!)
          assert.include(woken, 2)
          assert.notInclude(woken, 1)
        })
    ),

    on("wait in a finalizer waits on although its thread is interrupted", (event) =>
      Effect.gen(function*() {
        const thread = yield* forkFinalizing(wait(event))
        const interrupter = yield* Thread.fork(Thread.interrupt(thread))
        yield* untilWaiting(event, 1)
        yield* aWhile
        assert.strictEqual(waiting(event), 1)
        yield* set(event)
        yield* Thread.join(interrupter)
      })),

    on(
      "wait, interrupted at any operation, leaves nobody in the queue, and everybody else is woken",
      (event) =>
        Effect.gen(function*() {
          const operations = yield* interruptEverywhere(Effect.gen(function*() {
            yield* clear(event)
            const { threads } = yield* line(event, 1)
            yield* Effect.forkScoped(Effect.gen(function*() {
              for (let step = 0; step < 4; step++) yield* Effect.yieldNow
              yield* set(event)
            }))
            return {
              effect: Effect.andThen(Effect.timeoutOption(wait(event), "1 hour"), wait(event)),
              check: () =>
                Effect.gen(function*() {
                  yield* Thread.join(threads[0]!)
                  assert.strictEqual(waiting(event), 0)
                })
            }
          }))
          assert.isAbove(operations, 5)
        }),
      { schedules: 5 }
    ),

    on("a thread that comes while it is being set is not left waiting", (event) =>
      Effect.gen(function*() {
        const thread = yield* Thread.fork(wait(event))
        yield* set(event)
        yield* Thread.join(thread)
      }), { preemptions: 2 }),

    on("whoever waits when it is set goes on, although it is cleared at once", (event) =>
      Effect.gen(function*() {
        const thread = yield* Thread.fork(wait(event))
        yield* Effect.yieldNow
        // Once in the line it stays there until the event is set.
        const isInLine = waiting(event) === 1
        yield* set(event)
        yield* clear(event)
        if (!isInLine) yield* set(event)
        yield* Thread.join(thread)
      }), { preemptions: 2 }),

    on("a thread interrupted while it is being set keeps nobody else waiting", (event) =>
      Effect.gen(function*() {
        const [first, second] = [yield* Thread.fork(wait(event)), yield* Thread.fork(wait(event))]
        const setter = yield* Thread.fork(set(event))
        yield* Thread.interrupt(first)
        yield* Thread.join(setter)
        yield* Thread.join(second)
      }), { preemptions: 1 })
  ]
}
