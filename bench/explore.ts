/** The explorer: how long one schedule of a small program takes, as each strategy, and beside one plain run of the same. */
import { Effect } from "effect"
import { Lock, Thread, ThreadGroup } from "effect-threading"
import { Explore } from "effect-threading/testing"
import type { Row, Work } from "./harness.ts"

/** Three threads that each read a counter and write one more, under a lock. */
const counter = Effect.gen(function*() {
  const lock = yield* Lock.make()
  let count = 0
  const increment = Lock.withLock(
    lock,
    Effect.gen(function*() {
      const seen = yield* Effect.sync(() => count)
      yield* Effect.sync(() => count = seen + 1)
    })
  )
  const threads = [yield* Thread.fork(increment), yield* Thread.fork(increment), yield* Thread.fork(increment)]
  for (const thread of threads) yield* Thread.join(thread)
  if (count !== 3) return yield* Effect.die(new Error("an update was lost"))
})

let seed = 1

const explored = (strategy: "random" | "pct" | "exhaustive"): Work => () =>
  Effect.runPromise(Effect.map(
    // Every call other schedules; the exhaustive ones are the first 1,000 with up to two preemptions.
    Explore.check(counter, { strategy, schedules: 1_000, seed: seed += 1_000 }),
    ({ schedules }) => schedules
  ))

const plainly: Work = async () => {
  for (let run = 0; run < 100; run++) await Effect.runPromise(ThreadGroup.supervise(counter))
  return 100
}

export const rows: ReadonlyArray<Row> = [
  {
    name: "one schedule of a counter with three threads",
    unit: "µs/op",
    ours: explored("random"),
    peers: { "pct": explored("pct"), "exhaustive": explored("exhaustive"), "run plainly": plainly },
    check: (done, who) => done === (who === "run plainly" ? 100 : 1_000),
    // 10,000 schedules a second.
    target: { most: 100 }
  }
]
