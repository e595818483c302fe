import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"
import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"
import { untilWaiting } from "./support/waiters.ts"

contract("Event", suites.Event)

it.effect("set resumes those who wait in the order in which they came", () =>
  ThreadGroup.nursery(Effect.gen(function*() {
    const event = yield* Event.make()
    const woken: Array<number> = []
    const threads: Array<Thread.Thread<unknown>> = []
    for (let index = 0; index < 4; index++) {
      threads.push(yield* Thread.fork(Effect.tap(Event.wait(event), () => Effect.sync(() => woken.push(index)))))
      yield* untilWaiting(event, index + 1)
    }
    yield* Event.set(event)
    yield* Effect.forEach(threads, (thread) => Thread.join(thread))
    assert.deepStrictEqual(woken, [0, 1, 2, 3])
  })))
