// Two transfers lock two accounts in opposite orders. The deadlock is named when it forms, and one of the two gives up.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Deadlock, Lock, Thread, ThreadGroup } from "effect-threading"

// #region deadlock
const tell = (defect: unknown) =>
  defect instanceof Deadlock.DeadlockError
    ? Effect.forEach(defect.cycle, ({ heldBy, holds, thread, waitsFor }) =>
      Console.log(`${thread.name} holds ${holds[0]?.name} and waits for ${waitsFor.name}, which ${heldBy} holds`))
    : Effect.die(defect)

const program = Effect.gen(function*() {
  const alice = yield* Lock.make({ name: "alice" })
  const bob = yield* Lock.make({ name: "bob" })

  const transfer = (from: Lock.Lock, to: Lock.Lock) =>
    Effect.yieldNow.pipe(
      Effect.andThen(Lock.withLock(to, Console.log("transferred"))),
      Lock.withLock(from),
      Effect.catchDefect(tell)
    )

  yield* Thread.fork(transfer(alice, bob), { name: "rent" })
  yield* Thread.fork(transfer(bob, alice), { name: "refund" })
}).pipe(Effect.provideService(Deadlock.Policy, "fail"))
// #endregion deadlock

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// refund holds bob and waits for alice, which rent holds
// rent holds alice and waits for bob, which refund holds
// transferred
