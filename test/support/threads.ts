/** What tests of threads ask again and again: wait for a state without the clock, and see with which defect an effect dies. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Option } from "effect"
import { Thread } from "effect-threading"

/** Lets other fibers run until the check holds. Dies if it never does, so that a broken promise fails and does not hang. */
export const until = <E, R>(check: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.gen(function*() {
    for (let turn = 0; turn < 1_000; turn++) {
      if (yield* check) return
      yield* Effect.yieldNow
    }
    return yield* Effect.die(new Error("what the test waits for did not happen"))
  })

/** Dies if any thread is alive but the one that asks. */
export const nobodyLeft: Effect.Effect<void> = Effect.gen(function*() {
  const own = yield* Thread.currentOption
  const others = (yield* Thread.enumerate).filter((thread) => Option.isNone(own) || thread !== own.value)
  assert.deepStrictEqual(others.map(String), [])
})

/** Lets other fibers run until the thread is in this state. */
export const untilState = (
  thread: Thread.Unstarted<unknown, unknown> | Thread.Thread<unknown, unknown>,
  tag: Thread.State["_tag"]
): Effect.Effect<void> => until(Effect.map(Thread.state(thread), (state) => state._tag === tag))

/** The defect that the effect dies with; undefined if it does not. */
export const defectOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<unknown, never, R> =>
  Effect.map(
    Effect.exit(effect),
    (exit) => Exit.isSuccess(exit) ? undefined : exit.cause.reasons.find(Cause.isDieReason)?.defect
  )
