/** Sees that what nobody refers to any more is really collected. */
import { Effect } from "effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

// A weak reference holds its target until the current job is over; timers and promises would be on the test's clock.
const nextJob = Effect.promise(() => new Promise<void>((resolve) => void setImmediate(resolve)))

/** Makes a value, keeps nothing of it, and goes on once it has been collected; dies if it never is. */
export const collected = <E, R>(make: Effect.Effect<object, E, R>): Effect.Effect<void, E, R> =>
  Effect.gen(function*() {
    const reference = yield* Effect.map(make, (value) => new WeakRef(value))
    for (let attempt = 0; attempt < 100; attempt++) {
      yield* nextJob
      collect()
      if (reference.deref() === undefined) return
    }
    return yield* Effect.die(new Error("something still refers to it"))
  })
