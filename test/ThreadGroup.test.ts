import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"
import { until, untilState } from "./support/threads.ts"

const noHook = Effect.provideService(Thread.ExceptHook, () => Effect.void)

/** Starts a thread that waits for ever, and notes when it is interrupted and when it has cleaned up. */
const forkWaiting = (name: string, log: Array<string>, options?: Thread.Options) =>
  Effect.gen(function*() {
    const cleanUp = Effect.gen(function*() {
      log.push(`${name} interrupted`)
      yield* Effect.yieldNow
      log.push(`${name} cleaned up`)
    })
    const thread = yield* Thread.fork(Effect.onInterrupt(Effect.never, () => cleanUp), { ...options, name })
    yield* untilState(thread, "Blocked")
    return thread
  })

describe("ThreadGroup.supervise", () => {
  it.effect("ends as main did, once the threads have ended that were started meanwhile, and those that these started", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const region = yield* Effect.gen(function*() {
        yield* Thread.fork(Effect.gen(function*() {
          yield* Effect.sleep("1 second")
          yield* Thread.fork(Effect.andThen(Effect.sleep("1 second"), Effect.sync(() => log.push("grandchild"))))
          log.push("child")
        }))
        log.push("main")
        return "result"
      }).pipe(ThreadGroup.supervise, Effect.forkChild)
      yield* until(Effect.sync(() => log.length > 0))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(log, ["main", "child"])
      assert.isUndefined(region.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(region), "result")
      assert.deepStrictEqual(log, ["main", "child", "grandchild"])
    }))

  it.effect("fails as main failed, and only after its threads have ended", () =>
    Effect.gen(function*() {
      const gate = yield* Event.make()
      let ended = false
      const region = yield* Effect.gen(function*() {
        yield* Thread.fork(Effect.andThen(
          Event.wait(gate),
          Effect.sync(() => {
            ended = true
          })
        ))
        return yield* Effect.fail("boom")
      }).pipe(ThreadGroup.supervise, Effect.forkChild)
      for (let i = 0; i < 20; i++) yield* Effect.yieldNow
      assert.isUndefined(region.pollUnsafe())
      yield* Event.set(gate)
      assert.deepStrictEqual(yield* Fiber.await(region), Exit.fail("boom"))
      assert.isTrue(ended)
    }))

  it.effect("a thread that fails is nothing to the others, nor to main", () =>
    Effect.gen(function*() {
      const result = yield* Effect.gen(function*() {
        const failing = yield* Thread.fork(Effect.fail("boom"))
        yield* Thread.await(failing)
        return yield* Thread.join(yield* Thread.fork(Effect.succeed("unharmed")))
      }).pipe(ThreadGroup.supervise, noHook)
      assert.strictEqual(result, "unharmed")
    }))

  it.effect("interrupts the daemons when no other thread is left, and waits for their finalizers", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      yield* Effect.gen(function*() {
        yield* forkWaiting("daemon", log, { daemon: true })
        yield* Thread.fork(Effect.gen(function*() {
          for (let i = 0; i < 10; i++) yield* Effect.yieldNow
          log.push("thread ends")
        }))
        log.push("main ends")
      }).pipe(ThreadGroup.supervise)
      log.push("region ends")
      assert.deepStrictEqual(log, [
        "main ends",
        "thread ends",
        "daemon interrupted",
        "daemon cleaned up",
        "region ends"
      ])
    }))

  it.effect("interrupted while main runs, it interrupts main and all threads, and waits for their finalizers", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const running = yield* Event.make()
      const region = yield* Effect.gen(function*() {
        yield* forkWaiting("thread", log)
        yield* forkWaiting("daemon", log, { daemon: true })
        yield* Event.set(running)
        yield* Effect.never
      }).pipe(
        Effect.onInterrupt(() => Effect.sync(() => log.push("main interrupted"))),
        ThreadGroup.supervise,
        Effect.forkChild
      )
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
    }))

  it.effect("interrupted while main's finalizer waits for a thread, it interrupts that thread too", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const running = yield* Event.make()
      const region = yield* Effect.gen(function*() {
        const thread = yield* forkWaiting("thread", log)
        yield* Effect.andThen(Event.set(running), Effect.never).pipe(Effect.ensuring(Thread.await(thread)))
      }).pipe(ThreadGroup.supervise, Effect.forkChild)
      yield* Event.wait(running)
      yield* Fiber.interrupt(region)
      assert.deepStrictEqual(log, ["thread interrupted", "thread cleaned up"])
    }))

  it.effect("interrupted while it waits for its last thread, it interrupts that one, and does not end as main did", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const region = yield* Effect.gen(function*() {
        yield* forkWaiting("thread", log)
        log.push("main ends")
        return "result"
      }).pipe(ThreadGroup.supervise, Effect.forkChild)
      yield* until(Effect.sync(() => log.includes("main ends")))
      for (let i = 0; i < 20; i++) yield* Effect.yieldNow
      yield* Fiber.interrupt(region)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(region)))
      assert.deepStrictEqual(log, ["main ends", "thread interrupted", "thread cleaned up"])
    }))

  it.effect("interrupted after main has failed, it tells both", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const region = yield* Effect.gen(function*() {
        yield* forkWaiting("thread", log)
        log.push("main fails")
        return yield* Effect.fail("boom")
      }).pipe(ThreadGroup.supervise, Effect.forkChild)
      yield* until(Effect.sync(() => log.includes("main fails")))
      for (let i = 0; i < 20; i++) yield* Effect.yieldNow
      yield* Fiber.interrupt(region)
      const exit = yield* Fiber.await(region)
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, "boom")
      assert.isTrue(Exit.hasInterrupts(exit))
    }))

  it.effect("regions nest: the inner one waits for its threads, has a main of its own, and leaves the outer ones alone", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const gate = yield* Event.make()
      const outer = yield* Thread.fork(Effect.andThen(Event.wait(gate), Effect.sync(() => log.push("outer thread"))))
      const [outerMain, innerMain] = [
        yield* Thread.main,
        yield* Effect.gen(function*() {
          yield* forkWaiting("inner daemon", log, { daemon: true })
          yield* Thread.fork(Effect.andThen(Effect.yieldNow, Effect.sync(() => log.push("inner thread"))))
          return yield* Thread.main
        }).pipe(ThreadGroup.supervise)
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
    }).pipe(ThreadGroup.supervise))
})

describe("ThreadGroup.nursery", () => {
  it.effect("without a failure it ends as supervise does", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const result = yield* Effect.gen(function*() {
        yield* forkWaiting("daemon", log, { daemon: true })
        yield* Thread.fork(Effect.andThen(Effect.yieldNow, Effect.sync(() => log.push("thread ends"))))
        return "result"
      }).pipe(ThreadGroup.nursery)
      assert.strictEqual(result, "result")
      assert.deepStrictEqual(log, ["thread ends", "daemon interrupted", "daemon cleaned up"])
    }))

  it.effect("the first thread that fails cancels main and its siblings, and is what the nursery fails with", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const error = yield* Effect.gen(function*() {
        yield* forkWaiting("sibling", log)
        const gate = yield* Event.make()
        // Failing because it was cancelled is not what comes first.
        const second = yield* Thread.fork(Effect.onInterrupt(Event.wait(gate), () => Effect.die("second")))
        yield* untilState(second, "Blocked")
        yield* Thread.fork(Effect.fail("first"), { name: "failing" })
        yield* Effect.onInterrupt(Effect.never, () => Effect.sync(() => log.push("main interrupted")))
      }).pipe(ThreadGroup.nursery, Effect.flip, noHook)
      assert.instanceOf(error, ThreadGroup.ThreadFailedError)
      assert.deepStrictEqual([error.name, error.cause], ["failing", "first"])
      assert.include(error.message, "failing")
      assert.deepStrictEqual(log.toSorted(), ["main interrupted", "sibling cleaned up", "sibling interrupted"])
    }))

  it.effect("a thread that fails after main has ended fails the nursery too", () =>
    Effect.gen(function*() {
      const error = yield* Thread.fork(Effect.andThen(Effect.yieldNow, Effect.die("late")), { name: "late" }).pipe(
        ThreadGroup.nursery,
        Effect.flip,
        noHook
      )
      assert.deepStrictEqual([error.name, error.cause], ["late", "late"])
    }))

  it.effect("when main fails first its threads are cancelled, and the nursery fails as main did", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const exit = yield* Effect.gen(function*() {
        yield* forkWaiting("thread", log)
        return yield* Effect.fail("boom")
      }).pipe(ThreadGroup.nursery, Effect.exit)
      assert.deepStrictEqual(exit, Exit.fail("boom"))
      assert.deepStrictEqual(log, ["thread interrupted", "thread cleaned up"])
    }))

  it.effect("a thread that is interrupted fails nobody", () =>
    Effect.gen(function*() {
      const result = yield* Effect.gen(function*() {
        const thread = yield* Thread.fork(Effect.never)
        yield* Thread.interrupt(thread)
        return yield* Thread.join(yield* Thread.fork(Effect.succeed("unharmed")))
      }).pipe(ThreadGroup.nursery)
      assert.strictEqual(result, "unharmed")
    }))

  it.effect("a nursery that fails inside a region is an error there, and no more", () =>
    Effect.gen(function*() {
      const outer = yield* Thread.fork(Effect.as(Effect.yieldNow, "unharmed"))
      const error = yield* Thread.fork(Effect.fail("inner")).pipe(ThreadGroup.nursery, Effect.flip)
      assert.strictEqual(error.cause, "inner")
      assert.strictEqual(yield* Thread.join(outer), "unharmed")
    }).pipe(ThreadGroup.supervise, noHook))
})

describe("ThreadGroup.layer", () => {
  const group = Effect.context<ThreadGroup.ThreadGroup>()
  const idOf = (context: Context.Context<ThreadGroup.ThreadGroup>) => Context.get(context, ThreadGroup.ThreadGroup).id

  it.effect("is another region each time it is built, also within one build", () =>
    Effect.gen(function*() {
      const One = Context.Service<number>("test/One")
      const Two = Context.Service<number>("test/Two")
      const both = Layer.merge(
        Layer.effect(One, Effect.map(group, idOf)).pipe(Layer.provide(ThreadGroup.layer)),
        Layer.effect(Two, Effect.map(group, idOf)).pipe(Layer.provide(ThreadGroup.layer))
      )
      const [one, two] = yield* Effect.all([One, Two]).pipe(Effect.provide(both))
      assert.notStrictEqual(one, two)
    }))

  it.effect("its fibers are its main thread, and its threads belong to it", () =>
    Effect.gen(function*() {
      const [current, main, seen] = yield* Effect.gen(function*() {
        return [
          yield* Thread.current,
          yield* Thread.main,
          yield* Thread.join(yield* Thread.fork(Thread.main))
        ] as const
      }).pipe(Effect.provide(ThreadGroup.layer))
      assert.deepStrictEqual([current, seen], [main, main])
    }))

  it.effect("closing it waits for its threads, then interrupts its daemons", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const gate = yield* Event.make()
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(ThreadGroup.layer, scope)
      yield* Effect.gen(function*() {
        yield* forkWaiting("daemon", log, { daemon: true })
        yield* Thread.fork(Effect.andThen(Event.wait(gate), Effect.sync(() => log.push("thread ends"))))
      }).pipe(Effect.provideContext(context))
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      for (let i = 0; i < 20; i++) yield* Effect.yieldNow
      assert.isUndefined(closing.pollUnsafe())
      assert.deepStrictEqual(log, [])
      yield* Event.set(gate)
      yield* Fiber.join(closing)
      assert.deepStrictEqual(log, ["thread ends", "daemon interrupted", "daemon cleaned up"])
    }))

  it.effect("interrupting who closes it interrupts its threads, and waits for their finalizers", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(ThreadGroup.layer, scope)
      yield* Effect.provideContext(forkWaiting("thread", log), context)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      for (let i = 0; i < 20; i++) yield* Effect.yieldNow
      assert.deepStrictEqual(log, [])
      yield* Fiber.interrupt(closing)
      assert.deepStrictEqual(log, ["thread interrupted", "thread cleaned up"])
    }))
})
