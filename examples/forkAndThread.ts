// A child fiber ends with the effect that forked it; a thread is awaited by its region. Effect's `forkChild`, Python's `Thread`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Fiber } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

// #region forkAndThread
const program = Effect.gen(function*() {
  const stored = yield* Event.make()
  const work = (name: string) =>
    Event.wait(stored).pipe(
      Effect.andThen(Console.log(`${name}: done`)),
      Effect.onInterrupt(() => Console.log(`${name}: interrupted`))
    )

  // Both run inside of a fiber that ends at once, as the handler of a request does.
  const handler = Effect.gen(function*() {
    yield* Effect.forkChild(work("fiber"), { startImmediately: true })
    yield* Thread.fork(work("thread"), { name: "audit" })
    return "answered"
  })
  const fiber = yield* Effect.forkChild(handler)
  yield* Console.log(yield* Fiber.join(fiber))

  const alive = yield* Thread.enumerate
  yield* Console.log(`alive: ${alive.map(({ name }) => name)}`)
  yield* Event.set(stored)
})
// #endregion forkAndThread

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// fiber: interrupted
// answered
// alive: MainThread,audit
// thread: done
