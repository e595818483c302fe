import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"
import { suites } from "./contracts/suites.ts"
import { contract } from "./support/contract.ts"
import { untilState } from "./support/threads.ts"

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

contract("ThreadGroup.supervise", suites["ThreadGroup.supervise"])
contract("ThreadGroup.nursery", suites["ThreadGroup.nursery"])

it.effect("a thread that fails because its nursery was cancelled is not what the nursery fails with", () =>
  Effect.gen(function*() {
    const error = yield* Effect.gen(function*() {
      const second = yield* Thread.fork(Effect.onInterrupt(Effect.never, () => Effect.die("second")))
      yield* untilState(second, "Blocked")
      yield* Thread.fork(Effect.fail("first"), { name: "failing" })
      yield* Effect.never
    }).pipe(ThreadGroup.nursery, Effect.flip, Effect.provideService(Thread.ExceptHook, () => Effect.void))
    assert.deepStrictEqual([error.name, error.cause], ["failing", "first"])
  }))

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
