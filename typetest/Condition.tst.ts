import { Context, Effect, type Option, type Scope } from "effect"
import { Condition, type Lock, type RLock, type Semaphore, type ThreadGroup } from "effect-threading"
import { describe, expect, test } from "tstyche"

class Stock extends Context.Service<Stock, { readonly size: number }>()("typetest/Stock") {}

declare const condition: Condition.Condition
declare const shared: Condition.SharedCondition
declare const failing: Condition.Condition<"abandoned">
declare const effect: Effect.Effect<number, "boom", Stock>

describe("Condition", () => {
  test("takes a lock, a re-entrant lock, or none, and what acquiring it may fail with", () => {
    expect(Condition.make()).type.toBe<Effect.Effect<Condition.Condition>>()
    expect(Condition.make({} as Lock.Lock)).type.toBe<Effect.Effect<Condition.Condition>>()
    expect(Condition.make({} as RLock.RLock)).type.toBe<Effect.Effect<Condition.Condition>>()
    expect(Condition.make({} as Lock.Lock<"abandoned">)).type.toBe<Effect.Effect<Condition.Condition<"abandoned">>>()
    expect(Condition.make).type.not.toBeCallableWith({} as Semaphore.Semaphore)
  })

  test("withLock keeps A, E and R, and adds the lock's E", () => {
    expect(Condition.withLock(condition, effect)).type.toBe<Effect.Effect<number, "boom", Stock>>()
    expect(effect.pipe(Condition.withLock(failing))).type.toBe<Effect.Effect<number, "boom" | "abandoned", Stock>>()
    expect(effect.pipe(Condition.withLockIfAvailable(failing))).type.toBe<
      Effect.Effect<Option.Option<number>, "boom" | "abandoned", Stock>
    >()
  })

  test("waitFor takes a function, or an effect whose E and R it has", () => {
    expect(Condition.waitFor(condition, () => true)).type.toBe<Effect.Effect<void>>()
    expect(Condition.waitFor(failing, () => true)).type.toBe<Effect.Effect<void, "abandoned">>()
    expect(Effect.all([Condition.waitFor(condition, () => true), Effect.void])).type.toBe<Effect.Effect<[void, void]>>()
    const look = Effect.map(effect, (n) => n > 0)
    expect(Condition.waitFor(failing, look)).type.toBe<Effect.Effect<void, "boom" | "abandoned", Stock>>()
    expect(Condition.waitFor).type.not.toBeCallableWith(condition, () => "yes")
    expect(Condition.waitFor).type.not.toBeCallableWith(condition, effect)
  })

  test("waiting may fail as the lock may, notifying cannot", () => {
    expect(Condition.wait(condition)).type.toBe<Effect.Effect<void>>()
    expect(Condition.wait(failing)).type.toBe<Effect.Effect<void, "abandoned">>()
    expect(Condition.notify(failing)).type.toBe<Effect.Effect<void>>()
    expect(Condition.notify(failing, 2)).type.toBe<Effect.Effect<void>>()
    expect(Condition.notifyAll(failing)).type.toBe<Effect.Effect<void>>()
  })

  test("the raw forms go by the current thread", () => {
    expect(Condition.acquire(failing)).type.toBe<Effect.Effect<void, "abandoned", ThreadGroup.ThreadGroup>>()
    expect(Condition.acquireIfAvailable(condition)).type.toBe<Effect.Effect<boolean, never, ThreadGroup.ThreadGroup>>()
    expect(Condition.acquireScoped(condition)).type.toBe<
      Effect.Effect<void, never, Scope.Scope | ThreadGroup.ThreadGroup>
    >()
    expect(Condition.release(condition)).type.toBe<Effect.Effect<void, never, ThreadGroup.ThreadGroup>>()
  })

  test("a shared one is on a shared lock, and may fail as that does", () => {
    expect(Condition.makeShared()).type.toBe<Effect.Effect<Condition.SharedCondition>>()
    expect(Condition.makeShared({} as Lock.SharedLock)).type.toBe<Effect.Effect<Condition.SharedCondition>>()
    expect(Condition.makeShared(undefined, { name: "named" })).type.toBe<Effect.Effect<Condition.SharedCondition>>()
    expect(Condition.makeShared).type.not.toBeCallableWith({} as Lock.Lock)
    expect(Condition.makeShared).type.not.toBeCallableWith({} as Lock.Lock<Condition.LockAbandonedError>)
    expect(shared).type.toBeAssignableTo<Condition.Condition<Condition.LockAbandonedError>>()
    expect(shared).type.not.toBeAssignableTo<Condition.Condition>()
    expect(Condition.wait(shared)).type.toBe<Effect.Effect<void, Condition.LockAbandonedError>>()
    expect(Condition.withLock(shared, effect)).type.toBe<
      Effect.Effect<number, "boom" | Condition.LockAbandonedError, Stock>
    >()
  })

  test("the blocking forms and the repair are for shared ones", () => {
    expect(Condition.withLockSync(shared, () => 1)).type.toBe<number>()
    expect(Condition.waitSync(shared)).type.toBe<void>()
    expect(Condition.waitForSync(shared, () => true)).type.toBe<void>()
    expect(Condition.notifySync(shared, 2)).type.toBe<void>()
    expect(Condition.notifyAllSync(shared)).type.toBe<void>()
    expect(Condition.withLockSync).type.not.toBeCallableWith(condition, () => 1)
    expect(Condition.waitSync).type.not.toBeCallableWith(condition)
    expect(Condition.notifySync).type.not.toBeCallableWith({} as Lock.SharedLock)
    expect(Condition.recover(shared, effect)).type.toBe<Effect.Effect<boolean, "boom", Stock>>()
    expect(effect.pipe(Condition.recover(shared))).type.toBe<Effect.Effect<boolean, "boom", Stock>>()
    expect(Condition.recover).type.not.toBeCallableWith(condition, effect)
  })

  test("a condition is not its lock, nor built by hand", () => {
    expect<Lock.Lock>().type.not.toBeAssignableTo<Condition.Condition>()
    expect(Condition.notify).type.not.toBeCallableWith({ _tag: "Condition" })
  })
})
