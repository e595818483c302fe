import { Effect, type Option, type Scope } from "effect"
import { type Lock, ReadWriteLock, type ThreadGroup } from "effect-threading"
import { describe, expect, test } from "tstyche"

declare const lock: ReadWriteLock.ReadWriteLock
declare const failing: ReadWriteLock.ReadWriteLock<"abandoned">
declare const shared: ReadWriteLock.SharedReadWriteLock
declare const effect: Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>

describe("ReadWriteLock", () => {
  test("making one needs nothing and cannot fail", () => {
    expect(ReadWriteLock.make()).type.toBe<Effect.Effect<ReadWriteLock.ReadWriteLock>>()
    expect(ReadWriteLock.make({ name: "named" })).type.toBe<Effect.Effect<ReadWriteLock.ReadWriteLock>>()
    expect(ReadWriteLock.makeUnsafe()).type.toBe<ReadWriteLock.ReadWriteLock>()
    expect(ReadWriteLock.makeShared()).type.toBe<Effect.Effect<ReadWriteLock.SharedReadWriteLock>>()
  })

  test("withReadLock and withWriteLock keep A, E and R, called whole and piped", () => {
    type Locked = Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>
    expect(ReadWriteLock.withReadLock(lock, effect)).type.toBe<Locked>()
    expect(ReadWriteLock.withWriteLock(lock, effect)).type.toBe<Locked>()
    expect(effect.pipe(ReadWriteLock.withReadLock(lock))).type.toBe<Locked>()
    expect(effect.pipe(ReadWriteLock.withWriteLock(lock))).type.toBe<Locked>()
  })

  test("they add what acquiring may fail with", () => {
    type Locked = Effect.Effect<number, "boom" | "abandoned", ThreadGroup.ThreadGroup>
    expect(ReadWriteLock.withReadLock(failing, effect)).type.toBe<Locked>()
    expect(effect.pipe(ReadWriteLock.withWriteLock(failing))).type.toBe<Locked>()
    expect(ReadWriteLock.withWriteLock(shared, effect)).type.toBe<
      Effect.Effect<number, "boom" | ReadWriteLock.LockAbandonedError, ThreadGroup.ThreadGroup>
    >()
  })

  test("the forms that do not wait answer an option, called whole and piped", () => {
    type Attempt = Effect.Effect<Option.Option<number>, "boom", ThreadGroup.ThreadGroup>
    expect(ReadWriteLock.withReadLockIfAvailable(lock, effect)).type.toBe<Attempt>()
    expect(ReadWriteLock.withWriteLockIfAvailable(lock, effect)).type.toBe<Attempt>()
    expect(effect.pipe(ReadWriteLock.withReadLockIfAvailable(lock))).type.toBe<Attempt>()
    expect(effect.pipe(ReadWriteLock.withWriteLockIfAvailable(lock))).type.toBe<Attempt>()
  })

  test("the scoped forms leave Scope in R, and only that", () => {
    expect(ReadWriteLock.acquireReadScoped(failing)).type.toBe<Effect.Effect<void, "abandoned", Scope.Scope>>()
    expect(ReadWriteLock.acquireWriteScoped(failing)).type.toBe<Effect.Effect<void, "abandoned", Scope.Scope>>()
  })

  test("asking cannot fail", () => {
    expect(ReadWriteLock.readers(failing)).type.toBe<Effect.Effect<number>>()
    expect(ReadWriteLock.isWriteLocked(failing)).type.toBe<Effect.Effect<boolean>>()
  })

  test("only shared ones block, and are recovered", () => {
    expect(ReadWriteLock.withReadLockSync(shared, () => 1)).type.toBe<number>()
    expect(ReadWriteLock.withWriteLockSync(shared, () => 1)).type.toBe<number>()
    expect(ReadWriteLock.withReadLockSync).type.not.toBeCallableWith(lock, () => 1)
    expect(ReadWriteLock.withWriteLockSync).type.not.toBeCallableWith(lock, () => 1)
    expect(ReadWriteLock.recover).type.not.toBeCallableWith(lock, Effect.void)
    type Recovered = Effect.Effect<boolean, "boom", ThreadGroup.ThreadGroup>
    expect(ReadWriteLock.recover(shared, effect)).type.toBe<Recovered>()
    expect(effect.pipe(ReadWriteLock.recover(shared))).type.toBe<Recovered>()
  })

  test("a lock that cannot fail stands in for one that may, not the other way round", () => {
    expect(lock).type.toBeAssignableTo<ReadWriteLock.ReadWriteLock<"abandoned">>()
    expect(failing).type.not.toBeAssignableTo<ReadWriteLock.ReadWriteLock>()
    expect(shared).type.not.toBeAssignableTo<ReadWriteLock.ReadWriteLock>()
    expect(shared).type.toBeAssignableTo<ReadWriteLock.ReadWriteLock<ReadWriteLock.LockAbandonedError>>()
  })

  test("nothing else passes for one", () => {
    expect(ReadWriteLock.withReadLock).type.not.toBeCallableWith({ _tag: "ReadWriteLock" }, Effect.void)
    expect<Lock.Lock>().type.not.toBeAssignableTo<ReadWriteLock.ReadWriteLock>()
    expect<Lock.SharedLock>().type.not.toBeAssignableTo<ReadWriteLock.SharedReadWriteLock>()
    expect(ReadWriteLock.withReadLock).type.not.toBeCallableWith(lock, () => 1)
  })
})
