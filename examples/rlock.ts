// A method that locks calls another that locks too: with a plain lock it would wait for itself. Python's `RLock`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { RLock, ThreadGroup } from "effect-threading"

// #region rlock
const program = Effect.gen(function*() {
  const lock = yield* RLock.make()
  let balance = 100

  const deposit = (amount: number) =>
    Effect.gen(function*() {
      balance += amount
      yield* Console.log(`deposit ${amount}, held ${yield* RLock.recursionCount(lock)} times`)
    }).pipe(RLock.withLock(lock))

  // Also inside a time-out, which runs its effect on a fiber of its own, the lock is still ours.
  const payIn = Effect.forEach([10, 20], deposit).pipe(Effect.timeout("1 second"), RLock.withLock(lock))

  yield* payIn
  yield* deposit(30)
  yield* Console.log(`balance ${balance}, locked: ${yield* RLock.isLocked(lock)}`)
})
// #endregion rlock

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// deposit 10, held 2 times
// deposit 20, held 2 times
// deposit 30, held 1 times
// balance 160, locked: false
