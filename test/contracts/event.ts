/** What every event does. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "../support/interruptEverywhere.ts"
import { untilWaiting, waiting } from "../support/waiters.ts"

export const eventContract = (name: string, make: Effect.Effect<Event.Event>) => {
  const test = (title: string, body: (event: Event.Event) => Effect.Effect<void, never, ThreadGroup.ThreadGroup>) =>
    it.effect(title, () =>
      ThreadGroup.supervise(Effect.gen(function*() {
        const event = yield* make
        yield* body(event)
        assert.strictEqual(waiting(event), 0, "nobody waits at the end")
      })))

  const line = (event: Event.Event, size: number) =>
    Effect.gen(function*() {
      const woken: Array<number> = []
      const threads: Array<Thread.Thread<unknown>> = []
      for (let index = 0; index < size; index++) {
        const wait = Effect.tap(Event.wait(event), () => Effect.sync(() => woken.push(index)))
        threads.push(yield* Thread.fork(wait))
        yield* untilWaiting(event, index + 1)
      }
      return { threads, woken }
    })

  describe(name, () => {
    test("wait goes on at once if it is set, and after clear waits again", (event) =>
      Effect.gen(function*() {
        assert.isFalse(yield* Event.isSet(event))
        yield* Event.set(event)
        yield* Event.set(event)
        yield* Event.wait(event)
        assert.isTrue(yield* Event.isSet(event))
        yield* Event.clear(event)
        const { threads } = yield* line(event, 1)
        yield* Event.set(event)
        yield* Thread.join(threads[0]!)
      }))

    test("set wakes everybody in the order in which they came, although clear comes right after", (event) =>
      Effect.gen(function*() {
        const { threads, woken } = yield* line(event, 4)
        yield* Event.set(event)
        yield* Event.clear(event)
        yield* Effect.forEach(threads, (thread) => Thread.join(thread))
        assert.deepStrictEqual(woken, [0, 1, 2, 3])
        assert.isFalse(yield* Event.isSet(event))
      }))

    test("a thread that is interrupted while it waits leaves, and the others are woken", (event) =>
      Effect.gen(function*() {
        const { threads, woken } = yield* line(event, 3)
        yield* Thread.interrupt(threads[1]!)
        assert.strictEqual(waiting(event), 2)
        yield* Event.set(event)
        yield* Thread.interrupt(threads[0]!)
        yield* Thread.join(threads[2]!)
        assert.deepStrictEqual(woken, [2])
      }))

    test("wait in a finalizer waits on although its thread is interrupted", (event) =>
      Effect.gen(function*() {
        const thread = yield* Thread.fork(Effect.ensuring(Effect.never, Event.wait(event)))
        yield* Effect.yieldNow
        const interrupter = yield* Thread.fork(Thread.interrupt(thread))
        yield* untilWaiting(event, 1)
        for (let step = 0; step < 10; step++) yield* Effect.yieldNow
        assert.strictEqual(waiting(event), 1)
        yield* Event.set(event)
        yield* Thread.join(interrupter)
      }))

    test("wait, interrupted at any operation, leaves nobody in the queue, and everybody else is woken", (event) =>
      Effect.gen(function*() {
        const operations = yield* interruptEverywhere(Effect.gen(function*() {
          yield* Event.clear(event)
          const { threads } = yield* line(event, 1)
          yield* Effect.forkScoped(Effect.gen(function*() {
            for (let step = 0; step < 4; step++) yield* Effect.yieldNow
            yield* Event.set(event)
          }))
          return {
            effect: Effect.andThen(Effect.timeoutOption(Event.wait(event), "1 hour"), Event.wait(event)),
            check: () =>
              Effect.gen(function*() {
                yield* Thread.join(threads[0]!)
                assert.strictEqual(waiting(event), 0)
              })
          }
        }))
        assert.isAbove(operations, 10)
      }))
  })
}
