// In a nursery the first thread that fails cancels its siblings, and the nursery fails. Trio's `open_nursery()`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Data, Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"

// #region nursery
class BurntError extends Data.TaggedError("BurntError")<{}> {
  override readonly message = "the cake is burnt"
}

const kitchen = Effect.gen(function*() {
  yield* Thread.fork(Effect.never.pipe(Effect.onInterrupt(() => Console.log("soup: taken off the fire"))), {
    name: "soup"
  })
  yield* Thread.fork(Effect.andThen(Effect.sleep("1 millis"), new BurntError()), { name: "cake" })
  yield* Effect.never
})

const program = ThreadGroup.nursery(kitchen).pipe(
  Effect.catchTag("ThreadFailedError", (error) => Console.log(`${error.name} failed: ${error.cause}`)),
  // A thread that fails tells the hook; here the nursery's own failure says enough.
  Effect.provideService(Thread.ExceptHook, () => Effect.void)
)
// #endregion nursery

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// soup: taken off the fire
// cake failed: BurntError: the cake is burnt
