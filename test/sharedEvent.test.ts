import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Event, Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { notify } from "../src/internal/atomics.ts"
import { firstCell } from "../src/internal/shared/sharedData.ts"
import type { SharedData } from "../src/internal/shared/sharedData.ts"
import { sharedEvent } from "../src/internal/shared/sharedEvent.ts"
import { eventCases } from "./contracts/event.ts"
import { here, sharedEvents } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { collected } from "./support/garbage.ts"

const tasks = Task.module<typeof import("./support/meetingTasks.ts")>(
  new URL("./support/meetingTasks.ts", import.meta.url)
)

contract("shared Event", eventCases(sharedEvents(here)))

it.live("a shared event that nobody waits for any longer is collected, though it was never set", () =>
  collected(Effect.gen(function*() {
    const event = yield* Event.makeShared()
    yield* Effect.timeoutOption(Effect.exit(Event.wait(event)), 1)
    return sharedEvent(event)
  })))

describe("a shared event in synchronous code", () => {
  it.effect("is set and cleared, and waited for unless that would block the main thread", () =>
    Effect.gen(function*() {
      const event = yield* Event.makeShared()
      assert.isFalse(Event.isSetSync(event))
      assert.isFalse(Event.waitSync(event, 0), "no time, no wait")
      assert.throws(() => Event.waitSync(event, "1 second"), Event.CannotBlockError)
      Event.setSync(event)
      assert.isTrue(yield* Event.isSet(event))
      assert.isTrue(Event.waitSync(event))
      Event.clearSync(event)
      Event.clearSync(event)
      assert.isFalse(yield* Event.isSet(event))
    }))

  it.effect("wakes the fibers that wait", () =>
    Effect.gen(function*() {
      const event = yield* Event.makeShared()
      const waiter = yield* Effect.forkChild(Event.wait(event), { startImmediately: true })
      Event.setSync(event)
      Event.clearSync(event)
      yield* Fiber.join(waiter)
    }))
})

/** Goes on once another OS thread sleeps: a call that has it look again tells of it. */
const untilAsleep = (event: Event.SharedEvent): Effect.Effect<void> =>
  Effect.suspend(() =>
    notify((event as unknown as SharedData).memory, firstCell) > 0
      ? Effect.void
      : Effect.andThen(Effect.sleep(1), untilAsleep(event))
  )

layer(NodeWorkerPool.layer({ size: 2 }), { excludeTestServices: true, timeout: "1 minute" })(
  "a shared event between OS threads",
  (it) => {
    for (const set of ["sets", "setsSync"] as const) {
      it.effect(`wakes fibers here when a worker ${set === "sets" ? "sets it" : "sets it in synchronous code"}`, () =>
        Effect.gen(function*() {
          const event = yield* Event.makeShared()
          const waiters = yield* Effect.replicateEffect(Effect.forkChild(Event.wait(event)), 3)
          yield* tasks[set](event)
          yield* Fiber.joinAll(waiters)
          assert.isTrue(yield* Event.isSet(event))
        }))
    }

    for (const wait of ["waits", "waitsSync"] as const) {
      it.effect(`wakes a worker that ${wait === "waits" ? "waits" : "is blocked"}, although it is cleared at once`, () =>
        Effect.gen(function*() {
          const event = yield* Event.makeShared()
          const waiter = yield* Effect.forkChild(Effect.asVoid(tasks[wait](event)))
          yield* untilAsleep(event)
          yield* Event.set(event)
          yield* Event.clear(event)
          yield* Fiber.join(waiter)
        }))
    }

    it.effect("goes to and fro between fibers and a blocked worker a thousand times", () =>
      Effect.gen(function*() {
        const [ping, pong] = [yield* Event.makeShared(), yield* Event.makeShared()]
        const worker = yield* Effect.forkChild(tasks.pongs(ping, pong, 1000))
        for (let round = 0; round < 1000; round++) {
          yield* Event.set(ping)
          yield* Event.wait(pong)
          yield* Event.clear(pong)
        }
        yield* Fiber.join(worker)
      }), 60_000)

    it.effect("waitSync gives up when its time is over, and when its task is interrupted", () =>
      Effect.gen(function*() {
        const event = yield* Event.makeShared()
        assert.isFalse(yield* tasks.waitsSync(event, 5))
        const blocked = yield* Effect.forkChild(tasks.waitsSync(event), { startImmediately: true })
        yield* Fiber.interrupt(blocked)
        yield* Event.set(event)
        assert.isTrue(yield* tasks.waitsSync(event))
      }))
  }
)
