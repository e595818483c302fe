// One party gives up, so the others are told instead of waiting for ever; after a reset they meet again, and one sums up.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Barrier, Thread, ThreadGroup } from "effect-threading"

// #region barrierBroken
const program = Effect.gen(function*() {
  const barrier = yield* Barrier.make(3, { name: "meeting" })

  const patient = Effect.gen(function*() {
    const place = yield* Barrier.wait(barrier)
    return place === 0 ? "first to come, so I sum up" : "all are here"
  }).pipe(Effect.catchTag("BrokenBarrierError", () => Effect.succeed("somebody will not come")))

  const ann = yield* Thread.fork(patient, { name: "Ann" })
  const bob = yield* Thread.fork(Effect.timeoutOption(Barrier.wait(barrier), "2 millis"), { name: "Bob" })
  yield* Console.log(`Bob: ${yield* Thread.join(bob)}`)
  yield* Console.log(`Ann: ${yield* Thread.join(ann)}`)
  yield* Console.log(`broken: ${yield* Barrier.isBroken(barrier)}`)

  yield* Barrier.reset(barrier)
  const again = yield* Effect.forEach(["Ann", "Bob", "Cy"], (name) => Thread.fork(patient, { name }))
  for (const thread of again) yield* Console.log(`${thread.name}: ${yield* Thread.join(thread)}`)
})
// #endregion barrierBroken

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// Bob: none()
// Ann: somebody will not come
// broken: true
// Ann: first to come, so I sum up
// Bob: all are here
// Cy: all are here
