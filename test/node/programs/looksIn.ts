/** Two threads that wait, until the process is told to end on stdin or, with `briefly`, at once. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Event, Lock, Thread, ThreadGroup } from "effect-threading"
import { NodeDiagnostics } from "effect-threading/node"

const program = Effect.gen(function*() {
  const [lock, end] = [yield* Lock.make({ name: "ledger" }), yield* Event.make({ name: "end" })]
  yield* Thread.fork(Lock.withLock(lock, Event.wait(end)), { name: "holder" })
  yield* Effect.yieldNow
  yield* Thread.fork(Lock.withLock(lock, Effect.void), { name: "waiter" })
  process.stdin.once("data", () => {
    Effect.runFork(Event.set(end))
    process.stdin.destroy()
  })
  yield* Effect.yieldNow
  yield* Console.log("ready")
})

program.pipe(
  ThreadGroup.supervise,
  Effect.provide(NodeDiagnostics.layer({ http: { port: 0 }, stall: true })),
  NodeRuntime.runMain
)
