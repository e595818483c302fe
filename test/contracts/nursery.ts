/** What every nursery does: a region that fails as a whole. */
import { assert } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import type { Case } from "../support/contract.ts"
import { awaitAll } from "./conduct.ts"
import { forkWaiting as forkWaitingBy, noHook, note } from "./regions.ts"
import type { ThreadGroupApi } from "./regions.ts"

export const nurseryCases = (api: ThreadGroupApi): ReadonlyArray<Case> => {
  const { fork, nursery, supervise } = api
  const forkWaiting = forkWaitingBy(api)

  return [
    {
      title: "without a failure it ends as supervise does",
      body: Effect.gen(function*() {
        const log: Array<string> = []
        const result = yield* Effect.gen(function*() {
          yield* forkWaiting("daemon", log, { daemon: true })
          yield* fork(Effect.andThen(Effect.yieldNow, note(log, "thread ends")))
          return "result"
        }).pipe(nursery)
        assert.strictEqual(result, "result")
        assert.deepStrictEqual(log, ["thread ends", "daemon interrupted", "daemon cleaned up"])
      })
    },

    {
      title: "the first thread that fails cancels main and its siblings, and is what the nursery fails with",
      body: Effect.gen(function*() {
        const log: Array<string> = []
        const error = yield* Effect.gen(function*() {
          yield* forkWaiting("sibling", log)
          yield* Effect.onInterrupt(
            Effect.andThen(fork(Effect.fail("first"), { name: "failing" }), Effect.never),
            () => note(log, "main interrupted")
          )
        }).pipe(nursery, Effect.flip, noHook)
        assert.instanceOf(error, ThreadGroup.ThreadFailedError)
        assert.deepStrictEqual([error.name, error.cause], ["failing", "first"])
        assert.include(error.message, "failing")
        assert.deepStrictEqual(log.toSorted(), ["main interrupted", "sibling cleaned up", "sibling interrupted"])
      })
    },

    {
      title: "a thread that fails after main has ended fails it too",
      body: Effect.gen(function*() {
        const late = Effect.andThen(Effect.yieldNow, Effect.die("late"))
        const error = yield* fork(late, { name: "late" }).pipe(nursery, Effect.flip, noHook)
        assert.deepStrictEqual([error.name, error.cause], ["late", "late"])
      })
    },

    {
      title: "when main fails first its threads are cancelled, and it fails as main did",
      body: Effect.gen(function*() {
        const log: Array<string> = []
        const exit = yield* Effect.gen(function*() {
          yield* forkWaiting("thread", log)
          return yield* Effect.fail("boom")
        }).pipe(nursery, Effect.exit)
        assert.deepStrictEqual(exit, Exit.fail("boom"))
        assert.deepStrictEqual(log, ["thread interrupted", "thread cleaned up"])
      })
    },

    {
      title: "a thread that is interrupted fails nobody",
      body: Effect.gen(function*() {
        const result = yield* Effect.gen(function*() {
          yield* Thread.interrupt(yield* fork(Effect.never))
          return yield* Thread.join(yield* fork(Effect.succeed("unharmed")))
        }).pipe(nursery)
        assert.strictEqual(result, "unharmed")
      })
    },

    {
      title: "one that fails inside a region is an error there, and no more",
      body: Effect.gen(function*() {
        const outer = yield* fork(Effect.as(Effect.yieldNow, "unharmed"))
        const error = yield* fork(Effect.fail("inner")).pipe(nursery, Effect.flip)
        assert.strictEqual(error.cause, "inner")
        assert.strictEqual(yield* Thread.join(outer), "unharmed")
      }).pipe(supervise, noHook)
    },

    {
      title: "a failing thread and its sibling have both ended when the nursery fails",
      preemptions: 1,
      body: Effect.gen(function*() {
        const threads: Array<Thread.Thread<unknown, unknown>> = []
        const error = yield* Effect.gen(function*() {
          threads.push(yield* fork(Effect.never), yield* fork(Effect.fail("no")))
          yield* awaitAll(threads)
        }).pipe(nursery, Effect.flip, noHook)
        assert.strictEqual(error.cause, "no")
        for (const thread of threads) assert.isFalse(yield* Thread.isAlive(thread))
      })
    }
  ]
}
