// The README shows this test.
import { Effect } from "effect"
import { Lock, Thread } from "effect-threading"
import { assert, it } from "effect-threading/testing/vitest"

it.explore(
  "no visit is lost",
  Effect.gen(function*() {
    const lock = yield* Lock.make({ name: "visits" })
    let visits = 0
    const visit = Lock.withLock(lock, Effect.sync(() => visits++))
    const guests = [yield* Thread.fork(visit), yield* Thread.fork(visit)]
    for (const guest of guests) yield* Thread.join(guest)
    assert.strictEqual(visits, 2)
  }),
  { strategy: "exhaustive", preemptions: 2 }
)
