import { Effect } from "effect"
import { Lock, Thread } from "effect-threading"
import { assert, describe, it } from "effect-threading/testing/vitest"

const makeCounter = Effect.gen(function*() {
  const lock = yield* Lock.make({ name: "counter" })
  let count = 0
  return {
    increment: Effect.gen(function*() {
      const seen = yield* Effect.sync(() => count)
      yield* Effect.sync(() => count = seen + 1)
    }).pipe(Lock.withLock(lock)),
    count: Effect.sync(() => count)
  }
})

const threeThreads = Effect.gen(function*() {
  const counter = yield* makeCounter
  const threads = yield* Effect.replicateEffect(Thread.fork(counter.increment), 3)
  yield* Effect.forEach(threads, Thread.join)
  assert.strictEqual(yield* counter.count, 3)
})

describe("a counter", () => {
  it.explore("loses no update", threeThreads)

  it.explore("loses none with one preemption, wherever it is", threeThreads, { strategy: "exhaustive", preemptions: 1 })
})
