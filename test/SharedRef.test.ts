import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SharedRef, Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

const tasks = Task.module<typeof import("./support/sharedRefTasks.ts")>(
  new URL("./support/sharedRefTasks.ts", import.meta.url)
)

describe("SharedRef", () => {
  it.effect("holds every number that JavaScript has", () =>
    Effect.gen(function*() {
      for (const value of [0, -0, 1.5, -1, Number.MAX_SAFE_INTEGER, Infinity, NaN, Number.MIN_VALUE]) {
        const ref = yield* SharedRef.make(value)
        assert.isTrue(Object.is(yield* SharedRef.get(ref), value))
        yield* SharedRef.set(ref, 7)
        yield* SharedRef.set(ref, value)
        assert.isTrue(Object.is(SharedRef.getSync(ref), value))
      }
    }))

  it.effect("is changed by set, update, updateAndGet, getAndUpdate and modify", () =>
    Effect.gen(function*() {
      const ref = yield* SharedRef.make(1)
      yield* SharedRef.set(ref, 2)
      yield* SharedRef.update(ref, (n) => n * 5)
      assert.strictEqual(yield* SharedRef.updateAndGet(ref, (n) => n + 1), 11)
      assert.strictEqual(yield* SharedRef.getAndUpdate(ref, (n) => n + 1), 11)
      assert.strictEqual(yield* SharedRef.modify(ref, (n) => [`was ${n}`, 0]), "was 12")
      assert.strictEqual(yield* SharedRef.get(ref), 0)
    }))

  it.effect("is changed by another while a function decides what it becomes: that is run again", () =>
    Effect.gen(function*() {
      const ref = yield* SharedRef.make(1)
      const seen: Array<number> = []
      const result = SharedRef.updateAndGetSync(ref, (n) => {
        seen.push(n)
        if (seen.length === 1) SharedRef.updateAndGetSync(ref, () => 10)
        return n + 1
      })
      assert.strictEqual(result, 11)
      assert.deepStrictEqual(seen, [1, 10])
    }))

  it.live("loses no change, whatever OS threads make them", () =>
    Effect.gen(function*() {
      const ref = yield* SharedRef.make(0.5)
      const here = Effect.forEach(Array(1_000), () => SharedRef.update(ref, (n) => n + 1), { discard: true })
      yield* Effect.all([tasks.count(ref, 20_000), tasks.count(ref, 20_000), here], { concurrency: "unbounded" })
      assert.strictEqual(yield* SharedRef.get(ref), 41_000.5)
    }).pipe(Effect.provide(NodeWorkerPool.layer({ size: 2 }))))

  it("says what it was given instead", () => {
    assert.throws(() => SharedRef.getSync({} as never), "is no SharedRef")
  })
})
