// A producer and a consumer share a shelf with two places. Python's `with condition:`, `wait_for` and `notify`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Condition, Lock, Thread, ThreadGroup } from "effect-threading"

// #region condition
const program = Effect.gen(function*() {
  const shelf: Array<string> = []
  const lock = yield* Lock.make()
  const notFull = yield* Condition.make(lock)
  const notEmpty = yield* Condition.make(lock)

  const put = (loaf: string) =>
    Effect.gen(function*() {
      yield* Condition.waitFor(notFull, () => shelf.length < 2)
      shelf.push(loaf)
      yield* Console.log(`baked ${loaf}, ${shelf.length} on the shelf`)
      yield* Condition.notify(notEmpty)
    }).pipe(Lock.withLock(lock))

  const take = Effect.gen(function*() {
    yield* Condition.waitFor(notEmpty, () => shelf.length > 0)
    yield* Console.log(`sold ${shelf.shift()}`)
    yield* Condition.notify(notFull)
  }).pipe(Lock.withLock(lock))

  const baker = yield* Effect.forEach(["rye", "spelt", "wheat", "oat"], put).pipe(Thread.fork({ name: "baker" }))
  const shop = yield* take.pipe(Effect.replicateEffect(4), Thread.fork({ name: "shop" }))
  yield* Thread.join(baker)
  yield* Thread.join(shop)
  yield* Console.log(`left: ${shelf.length}`)
})
// #endregion condition

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// baked rye, 1 on the shelf
// baked spelt, 2 on the shelf
// sold rye
// baked wheat, 2 on the shelf
// sold spelt
// baked oat, 2 on the shelf
// sold wheat
// sold oat
// left: 0
