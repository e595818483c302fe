// Nothing has deadlocked yet, but two locks are taken in both orders: that is enough for a warning.
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Logger } from "effect"
import { Deadlock, Lock, Thread, ThreadGroup } from "effect-threading"

// #region lockOrder
const program = Effect.gen(function*() {
  const alice = yield* Lock.make({ name: "alice" })
  const bob = yield* Lock.make({ name: "bob" })

  const transfer = (from: Lock.Lock, to: Lock.Lock) => Effect.void.pipe(Lock.withLock(to), Lock.withLock(from))

  // One after the other, so all goes well this time.
  yield* Thread.join(yield* Thread.fork(transfer(alice, bob), { name: "rent" }))
  yield* Thread.join(yield* Thread.fork(transfer(bob, alice), { name: "refund" }))
}).pipe(Effect.provide(Deadlock.layerLockOrder))
// #endregion lockOrder

const plain = Logger.make(({ logLevel, message }) => console.log(`${logLevel}: ${message}`))

program.pipe(ThreadGroup.supervise, Effect.provide(Logger.layer([plain])), NodeRuntime.runMain)

// Output:
// Warn: Lock order: alice and bob are taken in both orders, so they can deadlock.
//   rent took alice, then bob
//   refund took bob, then alice
