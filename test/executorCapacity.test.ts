import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Event, Future, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"

describe("an executor's capacity", () => {
  it.effect("bounds what has to wait for a worker, not what a free worker is about to begin", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2, capacity: 1, onFull: "fail" })
      const end = yield* Event.make()
      const submit = Effect.exit(ThreadPoolExecutor.submit(pool, Event.wait(end)))
      const atOnce = yield* Effect.replicateEffect(submit, 4)
      yield* Event.set(end)
      assert.deepStrictEqual(atOnce.map(({ _tag }) => _tag), ["Success", "Success", "Success", "Failure"])
    }).pipe(Effect.scoped, ThreadGroup.supervise))

  it.effect("lets submitters in one by one, first come, first served, as tasks begin", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 1 })
      const ends = yield* Effect.replicateEffect(Event.make(), 4)
      const order: Array<number> = []
      const submitted: Array<number> = []
      const submit = (index: number) =>
        ThreadPoolExecutor.submit(
          pool,
          Effect.andThen(Effect.sync(() => order.push(index)), Event.wait(ends[index]!))
        ).pipe(Effect.tap(() => Effect.sync(() => submitted.push(index))))
      const blocked = <A, E>(thread: Thread.Thread<A, E>) =>
        Thread.changes(thread).pipe(Stream.takeUntil((state) => state._tag === "Blocked"), Stream.runDrain)

      const first = [yield* submit(0), yield* submit(1)]
      const third = yield* Thread.fork(submit(2))
      yield* blocked(third)
      const fourth = yield* Thread.fork(submit(3))
      yield* blocked(fourth)
      const before = [...submitted]
      yield* Event.set(ends[0]!)
      yield* Future.result(first[0]!)
      const one = yield* Thread.join(third)
      const between = [...submitted]
      yield* Effect.forEach(ends, Event.set)
      const futures = [...first, one, yield* Thread.join(fourth)]
      yield* Effect.forEach(futures, Future.result)

      assert.deepStrictEqual([before, between], [[0, 1], [0, 1, 2]])
      assert.deepStrictEqual(order, [0, 1, 2, 3])
    }).pipe(Effect.scoped, ThreadGroup.supervise))
})
