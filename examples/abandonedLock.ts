// A worker dies while it holds a lock: the next one learns that the data may be half changed, repairs it, and goes on.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, References } from "effect"
import { Lock, Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region abandonedLock
const tasks = Task.module<typeof import("./tasks/bank.ts")>(new URL("./tasks/bank.ts", import.meta.url))

const program = Effect.gen(function*() {
  const accounts = new Int32Array(new SharedArrayBuffer(8)).fill(100)
  const lock = yield* Lock.makeShared({ name: "bank" })
  const bank = { accounts, lock }

  // What has left one account, and not come to the other, goes back.
  const repair = Effect.sync(() => {
    accounts[0]! += 200 - accounts[0]! - accounts[1]!
  })

  yield* tasks.transferAndDie(bank, 30).pipe(
    Effect.catchReason("TaskError", "Exited", () => Console.log(`a worker died: ${accounts}`))
  )
  yield* tasks.transfer(bank, 10).pipe(
    Effect.catchTag("LockAbandonedError", (error) => Console.log(`nobody gets the lock: ${error.lock}`))
  )
  yield* Lock.recover(lock, repair)
  yield* Console.log(`repaired: ${accounts}`)
  yield* tasks.transfer(bank, 10)
  yield* Console.log(`transferred: ${accounts}`)
}).pipe(Effect.provide(NodeWorkerPool.layer({ size: 1 })))
// #endregion abandonedLock

// The pool logs a warning when a worker dies, with the time.
program.pipe(Effect.provideService(References.MinimumLogLevel, "Error"), NodeRuntime.runMain)

// Output:
// a worker died: 70,100
// nobody gets the lock: bank
// repaired: 100,100
// transferred: 90,110
