/** A bounded queue holds callers back, or sends them away. */
import { assert } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Thread } from "effect-threading"
import { folder, reasonOf, tasks, untilStats } from "../support.ts"
import type { Case, Folder } from "../support.ts"

/** Holds the only worker until the gate `first` opens. */
const occupy = ({ path, told }: Folder) =>
  Effect.tap(Effect.forkChild(tasks.hold(path, "first")), () => told("first begins"))

const queuedNow = (count: number) => untilStats(({ queued }) => queued === count)

const blocked = (thread: Thread.Thread<unknown, unknown>) =>
  Effect.repeat(Effect.tap(Thread.state(thread), () => Effect.yieldNow), { until: ({ _tag }) => _tag === "Blocked" })

export const capacity = (): ReadonlyArray<Case> => [
  {
    title: "is waited for in the order of the calls, and all are run",
    options: { size: 1, capacity: 2 },
    body: Effect.gen(function*() {
      const place = yield* folder
      yield* occupy(place)
      const callers: Array<Thread.Thread<unknown, unknown>> = []
      for (const name of ["a", "b", "c", "d", "e", "f"]) {
        const caller = yield* Thread.fork(tasks.tells(place.path, name))
        yield* blocked(caller)
        callers.push(caller)
      }
      assert.strictEqual((yield* queuedNow(2)).queued, 2)
      yield* place.open("first")
      yield* Effect.forEach(callers, Thread.join)
      assert.deepStrictEqual((yield* place.lines).slice(2), ["a", "b", "c", "d", "e", "f"])
    })
  },
  {
    title: "is left by those who are interrupted, whether they wait for it or have it, and nobody is lost",
    options: { size: 1, capacity: 1 },
    body: Effect.gen(function*() {
      const place = yield* folder
      yield* occupy(place)
      const callers: Array<Thread.Thread<unknown, unknown>> = []
      for (const name of ["queued", "waiting", "patient"]) {
        const caller = yield* Thread.fork(tasks.tells(place.path, name))
        yield* blocked(caller)
        callers.push(caller)
      }
      yield* Thread.interrupt(callers[1]!)
      yield* Thread.interrupt(callers[0]!)
      yield* queuedNow(1)
      yield* place.open("first")
      yield* Thread.join(callers[2]!)
      assert.deepStrictEqual((yield* place.lines).slice(2), ["patient"])
      yield* queuedNow(0)
      assert.strictEqual(yield* tasks.add(1, 2), 3)
    })
  },
  {
    title: "is refused with QueueFull if the pool is made so, and is there again when there is room",
    options: { size: 1, capacity: 2, onFull: "fail" },
    body: Effect.gen(function*() {
      const place = yield* folder
      const first = yield* occupy(place)
      const queued = yield* Effect.forEach([1, 2], (n) => Effect.forkChild(tasks.add(n, n)))
      yield* queuedNow(2)
      const reason = yield* reasonOf(tasks.add(1, 2))
      assert(reason._tag === "QueueFull")
      assert.strictEqual(reason.capacity, 2)
      const handled = tasks.add(1, 2).pipe(
        Effect.catchReason("TaskError", "QueueFull", ({ capacity }) => Effect.succeed(capacity))
      )
      assert.strictEqual(yield* handled, 2)
      yield* Fiber.interrupt(queued[0]!)
      const third = yield* Effect.forkChild(tasks.add(3, 3))
      yield* place.open("first")
      assert.strictEqual(yield* Fiber.join(first), "first")
      assert.strictEqual(yield* Fiber.join(queued[1]!), 4)
      assert.strictEqual(yield* Fiber.join(third), 6)
    })
  }
]
