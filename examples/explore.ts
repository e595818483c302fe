// A lost update that hardly ever happens, found by trying many schedules, and the fix, under all that there are.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Lock, Thread } from "effect-threading"
import { Explore } from "effect-threading/testing"

// #region explore
const twoVisits = (guard: (visit: Effect.Effect<void>) => Effect.Effect<void>) =>
  Effect.gen(function*() {
    let visits = 0
    const visit = Effect.gen(function*() {
      const seen = yield* Effect.sync(() => visits)
      yield* Effect.log(`read ${seen}`)
      yield* Effect.sync(() => visits = seen + 1)
      yield* Effect.log(`wrote ${seen + 1}`)
    })
    const guests = [
      yield* Thread.fork(guard(visit), { name: "Ann" }),
      yield* Thread.fork(guard(visit), { name: "Bob" })
    ]
    yield* Effect.forEach(guests, Thread.join)
    if (visits !== 2) return yield* Effect.fail(`2 visits, ${visits} counted`)
  })

const unguarded = twoVisits((visit) => visit)
const locked = Effect.flatMap(Lock.make({ name: "visits" }), (lock) => twoVisits(Lock.withLock(lock)))

const program = Effect.gen(function*() {
  const found = yield* Effect.flip(Explore.check(unguarded, { strategy: "exhaustive" }))
  yield* Console.log(`${found.kind}: ${found.cause}\n\n${found.table}\n`)

  const report = yield* Explore.check(locked, { strategy: "exhaustive", preemptions: 1 })
  yield* Console.log(`with the lock: nothing found, all schedules tried: ${report.isComplete}`)
})
// #endregion explore

NodeRuntime.runMain(program)

// Output:
// failure: 2 visits, 1 counted
//
// step  MainThread                  Ann          Bob
//       ──────────────────────────  ───────────  ─────────
//    1  starts Ann
//       starts Bob
//       joins Ann
//    2                              “read 0”
//                                   ⇢ preempted
//    3                                           “read 0”
//                                                “wrote 1”
//                                                ends
//    4                              “wrote 1”
//                                   ends
//       may go on (Ann)
//       fails: 2 visits, 1 counted
//
// with the lock: nothing found, all schedules tried: true
