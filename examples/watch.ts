// The states of all threads in one stream: two threads want one lock, and it is handed from the one to the other.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"
import { Lock, Thread, ThreadGroup } from "effect-threading"

// #region watch
const tell = ({ state, thread }: Thread.Change) => {
  const tale = state._tag === "Blocked" ? `waits for ${state.on.name}, held by ${state.on.holder}` : `is ${state._tag}`
  return Console.log(`${thread.name} ${tale}`)
}

const program = Effect.gen(function*() {
  const printer = yield* Lock.make({ name: "printer" })

  let ended = 0
  const watcher = yield* Thread.allChanges.pipe(
    Stream.filter(({ thread }) => thread.name === "Ann" || thread.name === "Bob"),
    Stream.filter(({ state }) => state._tag !== "Runnable"),
    Stream.takeUntil(({ state }) => state._tag === "Terminated" && ++ended === 2),
    Stream.runForEach(tell),
    Thread.fork({ name: "watcher" })
  )
  yield* Effect.yieldNow // it begins to watch

  yield* Thread.fork(Lock.withLock(printer, Effect.yieldNow), { name: "Ann" }) // the lock is hers while others run
  yield* Thread.fork(Lock.withLock(printer, Effect.void), { name: "Bob" })
  yield* Thread.join(watcher)
})
// #endregion watch

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// Ann is Running
// Bob is Running
// Bob waits for printer, held by Ann
// Ann is Running
// Ann is Terminated
// Bob is Running
// Bob is Terminated
