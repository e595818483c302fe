import { type Effect, type Option, type Scope } from "effect"
import { type Lock, RLock, type ThreadGroup } from "effect-threading"
import { describe, expect, test } from "tstyche"

declare const lock: RLock.RLock
declare const failing: RLock.RLock<"abandoned">
declare const effect: Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>

describe("RLock", () => {
  test("making one needs nothing and cannot fail", () => {
    expect(RLock.make()).type.toBe<Effect.Effect<RLock.RLock>>()
    expect(RLock.make({ name: "named" })).type.toBe<Effect.Effect<RLock.RLock>>()
    expect(RLock.makeUnsafe()).type.toBe<RLock.RLock>()
  })

  test("withLock keeps A, E and R, and adds what acquiring may fail with", () => {
    expect(RLock.withLock(lock, effect)).type.toBe<Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>>()
    expect(effect.pipe(RLock.withLock(lock))).type.toBe<Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>>()
    expect(effect.pipe(RLock.withLock(failing))).type.toBe<
      Effect.Effect<number, "boom" | "abandoned", ThreadGroup.ThreadGroup>
    >()
  })

  test("withLockIfAvailable answers an option, called whole and piped", () => {
    type Attempt = Effect.Effect<Option.Option<number>, "boom", ThreadGroup.ThreadGroup>
    expect(RLock.withLockIfAvailable(lock, effect)).type.toBe<Attempt>()
    expect(effect.pipe(RLock.withLockIfAvailable(lock))).type.toBe<Attempt>()
  })

  test("what goes by the current thread needs a group of threads", () => {
    expect(RLock.acquireScoped(lock)).type.toBe<Effect.Effect<void, never, Scope.Scope | ThreadGroup.ThreadGroup>>()
    expect(RLock.acquire(failing)).type.toBe<Effect.Effect<void, "abandoned", ThreadGroup.ThreadGroup>>()
    expect(RLock.acquireIfAvailable(lock)).type.toBe<Effect.Effect<boolean, never, ThreadGroup.ThreadGroup>>()
    expect(RLock.release(lock)).type.toBe<Effect.Effect<void, never, ThreadGroup.ThreadGroup>>()
  })

  test("reading needs nothing", () => {
    expect(RLock.isOwned(lock)).type.toBe<Effect.Effect<boolean>>()
    expect(RLock.recursionCount(lock)).type.toBe<Effect.Effect<number>>()
    expect(RLock.isLocked(failing)).type.toBe<Effect.Effect<boolean>>()
  })

  test("a plain lock is not a re-entrant one", () => {
    expect<Lock.Lock>().type.not.toBeAssignableTo<RLock.RLock>()
    expect(RLock.withLock).type.not.toBeCallableWith({ _tag: "RLock" }, effect)
  })
})
