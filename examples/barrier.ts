// Three threads work in rounds, and nobody begins a round before all have ended the last. Python's `barrier.wait()`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Barrier, Thread, ThreadGroup } from "effect-threading"

// #region barrier
const program = Effect.gen(function*() {
  const barrier = yield* Barrier.make(3, { action: Console.log("-- all here --") })

  const walker = Effect.gen(function*() {
    const { name } = yield* Thread.current
    for (const stop of ["river", "summit"]) {
      yield* Console.log(`${name} reaches the ${stop}`)
      yield* Barrier.wait(barrier)
    }
  })

  const walkers = yield* Effect.forEach(["Ann", "Bob", "Cy"], (name) => Thread.fork(walker, { name }))
  yield* Effect.forEach(walkers, Thread.join)

  // Who gives up breaks the barrier, so that nobody waits for ever.
  const late = yield* Thread.fork(Effect.flip(Barrier.wait(barrier)))
  yield* Barrier.abort(barrier)
  yield* Console.log((yield* Thread.join(late))._tag)
})
// #endregion barrier

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// Ann reaches the river
// Bob reaches the river
// Cy reaches the river
// -- all here --
// Cy reaches the summit
// Ann reaches the summit
// Bob reaches the summit
// -- all here --
// BrokenBarrierError
