/** Two threads that wait until something is written to stdin, or that is closed. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Event, Lock, Thread, ThreadGroup } from "effect-threading"
import { NodeDiagnostics } from "effect-threading/node"

const program = Effect.gen(function*() {
  const [lock, end] = [yield* Lock.make({ name: "ledger" }), yield* Event.make({ name: "end" })]
  yield* Thread.fork(Lock.withLock(lock, Event.wait(end)), { name: "holder" })
  yield* Effect.yieldNow
  yield* Thread.fork(Lock.withLock(lock, Effect.void), { name: "waiter" })
  const finish = () => {
    Effect.runFork(Event.set(end))
    process.stdin.destroy()
  }
  process.stdin.once("data", finish).once("end", finish)
  yield* Effect.yieldNow
  yield* Console.log("ready")
})

program.pipe(
  ThreadGroup.supervise,
  Effect.provide(NodeDiagnostics.layer({ http: { port: 0 }, stall: true })),
  NodeRuntime.runMain
)
