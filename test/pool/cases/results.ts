/** How a task ends, its caller learns. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Stream } from "effect"
import { Task } from "effect-threading"
import type * as Fixtures from "../fixtures/tasks.ts"
import { folder, reasonOf, tasks } from "../support.ts"
import type { Case } from "../support.ts"

/** What the caller gets instead of a value. */
const causeOf = <E, R>(call: Effect.Effect<unknown, E, R>) =>
  Effect.map(Effect.exit(call), (exit) => {
    assert(Exit.isFailure(exit), "it did not fail")
    return exit.cause
  })

const defectOf = <E, R>(call: Effect.Effect<unknown, E, R>) => Effect.map(causeOf(call), Cause.squash)

// As somebody calls it who was told wrong types.
interface Wrong {
  readonly missing: () => number
  readonly constant: () => number
}

const wrong = Task.module<Wrong>(new URL("../fixtures/tasks.ts", import.meta.url))

const noModule = Task.module<typeof Fixtures>(new URL("../fixtures/nowhere.ts", import.meta.url))

const broken = Task.module<typeof import("../fixtures/broken.ts")>(new URL("../fixtures/broken.ts", import.meta.url))

export const results = (): ReadonlyArray<Case> => [
  {
    title: "is the value of a plain function, of a promise, of an effect",
    body: Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* Effect.all([tasks.add(1, 2), tasks.addLater(3, 4), tasks.addEffect(5, 6)], { concurrency: 3 }),
        [3, 7, 11]
      )
    })
  },
  {
    title: "is a failure with its tag and fields",
    body: Effect.gen(function*() {
      const caught = yield* Effect.catchTag(tasks.root(-4), "Negative", ({ n }) => Effect.succeed(`no root of ${n}`))
      assert.strictEqual(caught, "no root of -4")
      assert.strictEqual(yield* tasks.root(16), 4)
    })
  },
  {
    title: "is a defect if the function throws, its promise rejects or its effect dies",
    body: Effect.gen(function*() {
      for (const call of [tasks.throws("bug"), tasks.rejects("bug"), tasks.dies("bug")]) {
        const cause = yield* causeOf(call)
        assert.deepStrictEqual(cause.reasons.map(({ _tag }) => _tag), ["Die"])
        const defect = Cause.squash(cause)
        assert.instanceOf(defect, RangeError)
        assert.strictEqual(defect.message, "bug")
      }
    })
  },
  {
    title: "is an interruption if the task interrupts itself",
    body: Effect.gen(function*() {
      assert.isTrue(Cause.hasInterruptsOnly(yield* causeOf(tasks.interrupts())))
    })
  },
  {
    title: "is, of a name that the module does not export as a function, a defect that says so",
    body: Effect.gen(function*() {
      assert.match(String(yield* defectOf(wrong.missing())), /tasks\.missing is no function: .*no such export/)
      assert.match(String(yield* defectOf(wrong.constant())), /tasks\.constant is no function: .*number/)
    })
  },
  {
    title: "is, of a module that does not exist or throws at import, SpawnFailed with the cause",
    body: Effect.gen(function*() {
      const nowhere = yield* reasonOf(noModule.add(1, 2))
      assert(nowhere._tag === "SpawnFailed")
      assert.include(String(nowhere.cause), "nowhere.ts")
      const failed = yield* reasonOf(broken.never())
      assert(failed._tag === "SpawnFailed")
      assert.include(String(failed.cause), "this module is broken")
      // The worker is none the worse for it.
      assert.strictEqual(yield* tasks.add(1, 2), 3)
    })
  },
  {
    title: "is a defect if a stream is run as an effect, or an effect as a stream",
    body: Effect.gen(function*() {
      const asEffect = tasks.numbers(3) as unknown as Effect.Effect<number>
      assert.match(String(yield* defectOf(asEffect)), /tasks\.numbers returned a stream, but was run as an effect/)
      for (const call of [tasks.add(1, 2), tasks.addLater(1, 2), tasks.addEffect(1, 2)]) {
        const asStream = Stream.runCollect(call as unknown as Stream.Stream<number>)
        assert.match(String(yield* defectOf(asStream)), /tasks\.add\w* returned no stream/)
      }
    })
  },
  {
    title: "is answered after the task's Scope is closed and its threads have ended",
    body: Effect.gen(function*() {
      const { lines, open, path } = yield* folder
      assert.strictEqual(yield* tasks.acquires(path), "used")
      assert.deepStrictEqual(yield* lines, ["acquired", "released"])
      yield* open("go")
      assert.strictEqual(yield* tasks.forks(path), "forked")
      assert.deepStrictEqual((yield* lines).slice(2), ["thread ends"])
    })
  }
]
