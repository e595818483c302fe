/** What every region of threads does: it waits, interrupts, and leaves nobody behind. */
import { assert } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber } from "effect"
import { Event, Thread } from "effect-threading"
import type { Case } from "../support/contract.ts"
import { aWhile } from "./conduct.ts"
import { forkWaiting as forkWaitingBy, noHook, note } from "./regions.ts"
import type { ThreadGroupApi } from "./regions.ts"

export const superviseCases = (api: ThreadGroupApi): ReadonlyArray<Case> => {
  const { fork, supervise } = api
  const forkWaiting = forkWaitingBy(api)

  return [
    {
      title:
        "supervise ends as main did, once the threads have ended that were started meanwhile, and those that these started",
      body: Effect.gen(function*() {
        const log: Array<string> = []
        const [first, second, child] = [yield* Event.make(), yield* Event.make(), yield* Event.make()]
        const region = yield* Effect.gen(function*() {
          yield* fork(Effect.gen(function*() {
            yield* Event.wait(first)
            yield* fork(Effect.andThen(Event.wait(second), note(log, "grandchild")))
            log.push("child")
            yield* Event.set(child)
          }))
          log.push("main")
          yield* Event.set(first)
          return "result"
        }).pipe(supervise, Effect.forkChild)
        yield* Event.wait(child)
        yield* aWhile
        assert.isUndefined(region.pollUnsafe())
        yield* Event.set(second)
        assert.strictEqual(yield* Fiber.join(region), "result")
        assert.deepStrictEqual(log, ["main", "child", "grandchild"])
      })
    },

    {
      title: "supervise fails as main failed, and only after its threads have ended",
      body: Effect.gen(function*() {
        const gate = yield* Event.make()
        let hasEnded = false
        const region = yield* Effect.gen(function*() {
          yield* fork(Effect.andThen(Event.wait(gate), Effect.sync(() => hasEnded = true)))
          return yield* Effect.fail("boom")
        }).pipe(supervise, Effect.forkChild)
        yield* aWhile
        assert.isUndefined(region.pollUnsafe())
        yield* Event.set(gate)
        assert.deepStrictEqual(yield* Fiber.await(region), Exit.fail("boom"))
        assert.isTrue(hasEnded)
      })
    },

    {
      title: "supervise: a thread that fails is nothing to the others, nor to main",
      body: Effect.gen(function*() {
        const result = yield* Effect.gen(function*() {
          yield* Thread.await(yield* fork(Effect.fail("boom")))
          return yield* Thread.join(yield* fork(Effect.succeed("unharmed")))
        }).pipe(supervise, noHook)
        assert.strictEqual(result, "unharmed")
      })
    },

    {
      title: "supervise interrupts the daemons when no other thread is left, and waits for their finalizers",
      body: Effect.gen(function*() {
        const log: Array<string> = []
        yield* Effect.gen(function*() {
          yield* forkWaiting("daemon", log, { daemon: true })
          const gate = yield* Event.make()
          yield* fork(Effect.andThen(Event.wait(gate), Effect.andThen(aWhile, note(log, "thread ends"))))
          log.push("main ends")
          yield* Event.set(gate)
        }).pipe(supervise)
        log.push("region ends")
        assert.deepStrictEqual(log, [
          "main ends",
          "thread ends",
          "daemon interrupted",
          "daemon cleaned up",
          "region ends"
        ])
      })
    },

    {
      title: "interrupted while main runs, it interrupts main and all threads, and waits for their finalizers",
      body: Effect.gen(function*() {
        const log: Array<string> = []
        const running = yield* Event.make()
        const region = yield* Effect.gen(function*() {
          yield* forkWaiting("thread", log)
          yield* forkWaiting("daemon", log, { daemon: true })
          yield* Event.set(running)
          yield* Effect.never
        }).pipe(Effect.onInterrupt(() => note(log, "main interrupted")), supervise, Effect.forkChild)
        yield* Event.wait(running)
        yield* Fiber.interrupt(region)
        const exit = yield* Fiber.await(region)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
        assert.deepStrictEqual(log.toSorted(), [
          "daemon cleaned up",
          "daemon interrupted",
          "main interrupted",
          "thread cleaned up",
          "thread interrupted"
        ])
      })
    },

    {
      title: "interrupted while main's finalizer waits for a thread, it interrupts that thread too",
      body: Effect.gen(function*() {
        const log: Array<string> = []
        const running = yield* Event.make()
        const region = yield* Effect.gen(function*() {
          const thread = yield* forkWaiting("thread", log)
          yield* Effect.andThen(Event.set(running), Effect.never).pipe(Effect.ensuring(Thread.await(thread)))
        }).pipe(supervise, Effect.forkChild)
        yield* Event.wait(running)
        yield* Fiber.interrupt(region)
        assert.deepStrictEqual(log, ["thread interrupted", "thread cleaned up"])
      })
    },

    {
      title: "interrupted while it waits for its last thread, it interrupts that one, and does not end as main did",
      body: Effect.gen(function*() {
        const log: Array<string> = []
        const ending = yield* Event.make()
        const region = yield* Effect.gen(function*() {
          yield* forkWaiting("thread", log)
          log.push("main ends")
          yield* Event.set(ending)
          return "result"
        }).pipe(supervise, Effect.forkChild)
        yield* Event.wait(ending)
        yield* aWhile
        yield* Fiber.interrupt(region)
        assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(region)))
        assert.deepStrictEqual(log, ["main ends", "thread interrupted", "thread cleaned up"])
      })
    },

    {
      title: "interrupted after main has failed, it tells both",
      body: Effect.gen(function*() {
        const started = yield* Deferred.make<Thread.Thread<unknown, unknown>>()
        const region = yield* Effect.gen(function*() {
          yield* forkWaiting("thread", [])
          yield* Deferred.succeed(started, yield* Thread.current)
          return yield* Effect.fail("boom")
        }).pipe(supervise, Effect.forkChild)
        yield* Thread.await(yield* Deferred.await(started))
        yield* Fiber.interrupt(region)
        const exit = yield* Fiber.await(region)
        assert.isTrue(Exit.isFailure(exit))
        assert.strictEqual(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, "boom")
        assert.isTrue(Exit.hasInterrupts(exit))
      })
    },

    {
      title:
        "regions nest: the inner one waits for its threads, has a main of its own, and leaves the outer ones alone",
      body: supervise(Effect.gen(function*() {
        const log: Array<string> = []
        const gate = yield* Event.make()
        const outer = yield* fork(Effect.andThen(Event.wait(gate), note(log, "outer thread")))
        const [outerMain, innerMain] = [
          yield* Thread.main,
          yield* Effect.gen(function*() {
            yield* forkWaiting("inner daemon", log, { daemon: true })
            yield* fork(Effect.andThen(Effect.yieldNow, note(log, "inner thread")))
            return yield* Thread.main
          }).pipe(supervise)
        ]
        log.push("inner region ends")
        assert.notStrictEqual(innerMain, outerMain)
        assert.strictEqual(yield* Thread.current, outerMain)
        assert.isTrue(yield* Thread.isAlive(outer))
        yield* Event.set(gate)
        yield* Thread.join(outer)
        assert.deepStrictEqual(log, [
          "inner thread",
          "inner daemon interrupted",
          "inner daemon cleaned up",
          "inner region ends",
          "outer thread"
        ])
      }))
    },

    {
      title: "a daemon's finalizer has run when the region ends",
      preemptions: 2,
      body: Effect.gen(function*() {
        let [begun, finalized] = [0, 0]
        const daemon = Effect.acquireUseRelease(
          Effect.sync(() => begun++),
          () => Effect.never,
          () => Effect.andThen(Effect.yieldNow, Effect.sync(() => finalized++))
        )
        yield* supervise(fork(daemon, { daemon: true }))
        assert.strictEqual(finalized, begun)
      })
    },

    {
      title: "a thread that another thread starts, whenever it does, has ended when the region ends",
      preemptions: 2,
      body: Effect.gen(function*() {
        let hasEnded = false
        const grandchild = Effect.andThen(Effect.yieldNow, Effect.sync(() => hasEnded = true))
        yield* supervise(fork(Effect.andThen(Effect.yieldNow, fork(grandchild))))
        assert.isTrue(hasEnded)
      })
    },

    {
      title: "a region interrupted at any moment has run every finalizer when it ends",
      preemptions: 1,
      body: Effect.gen(function*() {
        let [begun, finalized] = [0, 0]
        const thread = Effect.acquireUseRelease(
          Effect.sync(() => begun++),
          () => Effect.yieldNow,
          () => Effect.andThen(Effect.yieldNow, Effect.sync(() => finalized++))
        )
        const region = yield* Effect.forkChild(supervise(Effect.andThen(fork(thread), fork(thread))))
        yield* Fiber.interrupt(region)
        assert.strictEqual(finalized, begun)
      })
    }
  ]
}
