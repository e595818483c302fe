import { assert, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import { eventCases } from "./contracts/event.ts"
import { everywhere, sharedEvents } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { explore } from "./support/explore.ts"
import { playWakeUps } from "./support/osThreads.ts"
import { waiting } from "./support/waiters.ts"

playWakeUps()

const events = sharedEvents(everywhere)

contract("shared Event, several OS threads", eventCases(events))

it(
  "a shared event wakes everybody in every OS thread, also if it is cleared at once, whoever is interrupted",
  () =>
    explore({
      seeds: 500,
      interrupts: 0.02,
      program: ({ exposed, random }) =>
        ThreadGroup.supervise(Effect.gen(function*() {
          const dawdle = Effect.replicateEffect(Effect.yieldNow, random.below(4), { discard: true })
          const event = yield* events.make()
          let sets = 0
          const waiter = Effect.gen(function*() {
            for (let round = 0; round < 3; round++) {
              yield* dawdle
              if (random.chance(0.2)) yield* Effect.timeoutOption(events.wait(event), 1 + random.below(9))
              else {
                yield* events.wait(event)
                assert.isAbove(sets, 0)
              }
            }
          })
          const threads: Array<Thread.Thread<void>> = []
          for (let index = 0; index < 5; index++) {
            threads.push(yield* Thread.fork(index < 2 ? waiter : exposed(waiter)))
          }
          const setter = yield* Thread.fork(Effect.forever(Effect.gen(function*() {
            sets++
            yield* events.set(event)
            yield* events.clear(event)
            yield* Effect.andThen(dawdle, Effect.yieldNow)
          })))
          const exits = yield* Effect.forEach(threads, (thread) => Thread.await(thread))
          for (const exit of exits) if (Exit.isFailure(exit)) assert.notInclude(String(exit), "Die")
          yield* Thread.interrupt(setter)
          assert.strictEqual(waiting(event), 0)
        }))
    }),
  60_000
)
