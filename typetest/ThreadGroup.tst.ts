import { NodeRuntime } from "@effect/platform-node"
import { Context, Effect, Layer, ManagedRuntime, type Scope } from "effect"
import { Lock, Thread, ThreadGroup } from "effect-threading"
import { describe, expect, test } from "tstyche"

class Store extends Context.Service<Store, { readonly size: number }>()("typetest/Store") {}

declare const effect: Effect.Effect<number, "boom", Store | Scope.Scope | ThreadGroup.ThreadGroup>
declare const whole: Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>

describe("ThreadGroup", () => {
  test("supervise takes ThreadGroup off R, and exactly that", () => {
    expect(ThreadGroup.supervise(effect)).type.toBe<Effect.Effect<number, "boom", Store | Scope.Scope>>()
    expect(ThreadGroup.supervise(whole)).type.toBe<Effect.Effect<number, "boom">>()
    expect(ThreadGroup.supervise(Effect.succeed(1))).type.toBe<Effect.Effect<number>>()
  })

  test("supervise is piped without naming its argument", () => {
    expect(effect.pipe(ThreadGroup.supervise)).type.toBe<Effect.Effect<number, "boom", Store | Scope.Scope>>()
    expect(effect.pipe(Effect.scoped, ThreadGroup.supervise)).type.toBe<Effect.Effect<number, "boom", Store>>()
    expect(effect.pipe(ThreadGroup.supervise, Effect.scoped)).type.toBe<Effect.Effect<number, "boom", Store>>()
    expect(whole.pipe(ThreadGroup.supervise, NodeRuntime.runMain)).type.toBe<void>()
  })

  test("an unsupervised program does not run", () => {
    expect(Effect.runPromise).type.not.toBeCallableWith(whole)
    expect(NodeRuntime.runMain).type.not.toBeCallableWith(whole)
    expect(Effect.runPromise).type.toBeCallableWith(ThreadGroup.supervise(whole))
  })

  test("supervise ends an Effect.fn's pipeline, after other steps too", () => {
    const lock = Lock.makeUnsafe()
    const main = Effect.fn("main")(
      function*(n: number) {
        yield* whole
        return `${n}`
      },
      Lock.withLock(lock),
      ThreadGroup.supervise
    )
    expect(main).type.toBe<(n: number) => Effect.Effect<string, "boom">>()
  })

  test("a nursery may also fail with the name and cause of a thread", () => {
    type Failure = "boom" | ThreadGroup.ThreadFailedError
    expect(ThreadGroup.nursery(effect)).type.toBe<Effect.Effect<number, Failure, Store | Scope.Scope>>()
    expect(whole.pipe(ThreadGroup.nursery)).type.toBe<Effect.Effect<number, Failure>>()
    const caught = whole.pipe(
      ThreadGroup.nursery,
      Effect.catchTag("ThreadFailedError", ({ name }) => Effect.succeed(name))
    )
    expect(caught).type.toBe<Effect.Effect<number | string, "boom">>()
  })

  test("regions nest", () => {
    const nested = Effect.gen(function*() {
      yield* Thread.fork(Effect.void)
      yield* ThreadGroup.supervise(Effect.flatMap(Thread.fork(whole), Thread.join))
      return yield* Thread.fork(Effect.never, { daemon: true }).pipe(ThreadGroup.nursery)
    })
    expect(nested.pipe(ThreadGroup.supervise)).type.toBe<
      Effect.Effect<Thread.Thread<never>, "boom" | ThreadGroup.ThreadFailedError>
    >()
  })

  test("a runtime of layers runs threads with the group's layer, and not without", () => {
    expect(ThreadGroup.layer).type.toBe<Layer.Layer<ThreadGroup.ThreadGroup>>()
    expect(ManagedRuntime.make(ThreadGroup.layer).runPromise).type.toBeCallableWith(whole)
    expect(ManagedRuntime.make(Layer.empty).runPromise).type.not.toBeCallableWith(whole)
    expect(Effect.provide(whole, ThreadGroup.layer)).type.toBe<Effect.Effect<number, "boom">>()
  })
})
