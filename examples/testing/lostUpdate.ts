// Two requests count a visit. Each reads the counter and writes it back plus one, and now and then a visit is missing.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Ref } from "effect"
import { Lock, Thread } from "effect-threading"
import { Explore } from "effect-threading/testing"

// #region lostUpdate
const increment = (visits: Ref.Ref<number>) =>
  Effect.gen(function*() {
    const seen = yield* Ref.get(visits)
    yield* Effect.log(`reads ${seen}`)
    yield* Ref.set(visits, seen + 1)
    yield* Effect.log(`writes ${seen + 1}`)
  })

const twoRequests = (visits: Ref.Ref<number>, visit: Effect.Effect<void>) =>
  Effect.gen(function*() {
    const ann = yield* Thread.fork(visit, { name: "Ann" })
    const bob = yield* Thread.fork(visit, { name: "Bob" })
    yield* Thread.join(ann)
    yield* Thread.join(bob)
    const counted = yield* Ref.get(visits)
    if (counted !== 2) return yield* Effect.fail(`2 visits, ${counted} counted`)
  })

const wrong = Effect.gen(function*() {
  const visits = yield* Ref.make(0)
  yield* twoRequests(visits, increment(visits))
})

const right = Effect.gen(function*() {
  const visits = yield* Ref.make(0)
  const lock = yield* Lock.make({ name: "visits" })
  yield* twoRequests(visits, Lock.withLock(lock, increment(visits)))
})

// Between the read and the write, the other request has read the same number. Under the lock nobody reads a number before it
// is written back. `Ref.update(visits, (n) => n + 1)` does as well: one operation, which nothing can come between.
const program = Effect.gen(function*() {
  const found = yield* Effect.flip(Explore.check(wrong, { strategy: "exhaustive" }))
  yield* Console.log(`${found.kind}: ${found.cause}\n\n${found.table}\n`)

  const report = yield* Explore.check(right, { strategy: "exhaustive" })
  yield* Console.log(`under the lock: nothing, in all ${report.schedules} schedules with up to 2 preemptions`)
})
// #endregion lostUpdate

NodeRuntime.runMain(program)

// Output:
// failure: 2 visits, 1 counted
//
// step  MainThread                  Ann          Bob
//       ──────────────────────────  ───────────  ──────────
//    1  starts Ann
//       starts Bob
//       joins Ann
//    2                              “reads 0”
//                                   ⇢ preempted
//    3                                           “reads 0”
//                                                “writes 1”
//                                                ends
//    4                              “writes 1”
//                                   ends
//       may go on (Ann)
//       fails: 2 visits, 1 counted
//
// under the lock: nothing, in all 2742 schedules with up to 2 preemptions
