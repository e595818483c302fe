import { Effect, type Option, type Scope } from "effect"
import { type Condition, Lock, type RLock, type ThreadGroup } from "effect-threading"
import { describe, expect, test } from "tstyche"

declare const lock: Lock.Lock
declare const failing: Lock.Lock<"abandoned">
declare const effect: Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>

describe("Lock", () => {
  test("making one needs nothing and cannot fail", () => {
    expect(Lock.make()).type.toBe<Effect.Effect<Lock.Lock>>()
    expect(Lock.make({ name: "named" })).type.toBe<Effect.Effect<Lock.Lock>>()
    expect(Lock.makeUnsafe()).type.toBe<Lock.Lock>()
  })

  test("withLock keeps A, E and R, called whole and piped", () => {
    expect(Lock.withLock(lock, effect)).type.toBe<Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>>()
    expect(effect.pipe(Lock.withLock(lock))).type.toBe<Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>>()
  })

  test("withLock adds what acquiring may fail with", () => {
    type Locked = Effect.Effect<number, "boom" | "abandoned", ThreadGroup.ThreadGroup>
    expect(Lock.withLock(failing, effect)).type.toBe<Locked>()
    expect(effect.pipe(Lock.withLock(failing))).type.toBe<Locked>()
  })

  test("withLockIfAvailable answers an option, called whole and piped", () => {
    type Attempt = Effect.Effect<Option.Option<number>, "boom", ThreadGroup.ThreadGroup>
    expect(Lock.withLockIfAvailable(lock, effect)).type.toBe<Attempt>()
    expect(effect.pipe(Lock.withLockIfAvailable(lock))).type.toBe<Attempt>()
  })

  test("acquireScoped leaves Scope in R, and only that", () => {
    expect(Lock.acquireScoped(lock)).type.toBe<Effect.Effect<void, never, Scope.Scope>>()
    expect(Effect.timeoutOption(Lock.acquireScoped(lock), "1 second")).type.toBe<
      Effect.Effect<Option.Option<void>, never, Scope.Scope>
    >()
  })

  test("the raw forms need no thread", () => {
    expect(Lock.acquire(failing)).type.toBe<Effect.Effect<void, "abandoned">>()
    expect(Lock.acquireIfAvailable(failing)).type.toBe<Effect.Effect<boolean, "abandoned">>()
    expect(Lock.release(failing)).type.toBe<Effect.Effect<void>>()
    expect(Lock.isLocked(failing)).type.toBe<Effect.Effect<boolean>>()
  })

  test("a lock that cannot fail stands in for one that may, not the other way round", () => {
    expect(lock).type.toBeAssignableTo<Lock.Lock<"abandoned">>()
    expect(failing).type.not.toBeAssignableTo<Lock.Lock>()
  })

  test("nobody builds a lock by hand, and nothing else passes for one", () => {
    expect(Lock.withLock).type.not.toBeCallableWith({ _tag: "Lock" }, Effect.void)
    expect(Lock.withLock).type.not.toBeCallableWith({ "~effect-threading/Lock": {} }, Effect.void)
    expect<RLock.RLock>().type.not.toBeAssignableTo<Lock.Lock>()
    expect<Condition.Condition>().type.not.toBeAssignableTo<Lock.Lock>()
  })

  test("withLock takes an effect, not a function", () => {
    expect(Lock.withLock).type.not.toBeCallableWith(lock, () => 1)
  })
})
