// A thread is made, started, waits, goes on, and is joined: Python's Thread(target=…), start() and join().
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"

// #region threads
const show = (state: Thread.State) => Console.log(`worker is ${state._tag}`)

const program = Effect.gen(function*() {
  const go = yield* Event.make()
  const made = yield* Thread.make(
    Effect.gen(function*() {
      yield* Console.log("  hello from the worker")
      yield* Event.wait(go)
      return 6 * 7
    }),
    { name: "worker" }
  )
  yield* show(yield* Thread.state(made))

  const worker = yield* Thread.start(made)
  yield* Thread.changes(worker).pipe(
    Stream.takeUntil((state) => state._tag === "Blocked"),
    Stream.runForEach(show)
  )

  yield* Event.set(go)
  const answer = yield* Thread.join(worker)
  yield* show(yield* Thread.state(worker))
  yield* Console.log(`its answer was ${answer}`)
})
// #endregion threads

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// worker is New
// worker is Runnable
//   hello from the worker
// worker is Running
// worker is Blocked
// worker is Terminated
// its answer was 42
