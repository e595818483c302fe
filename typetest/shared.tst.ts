import { Effect, type Scope } from "effect"
import { Condition, Lock, RLock, Semaphore, Task, type ThreadGroup, type WorkerPool } from "effect-threading"
import { describe, expect, test } from "tstyche"

declare const local: Lock.Lock
declare const lock: Lock.SharedLock
declare const rlock: RLock.SharedRLock
declare const semaphore: Semaphore.SharedSemaphore
declare const body: Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>
declare const cells: Int32Array

const tasks = Task.module<typeof import("./tasks/shared.ts")>(new URL("./tasks/shared.ts", import.meta.url))

describe("what OS threads share", () => {
  test("is used by the same functions, which may then fail with LockAbandonedError", () => {
    type Locked = Effect.Effect<number, "boom" | Lock.LockAbandonedError, ThreadGroup.ThreadGroup>
    expect(Lock.makeShared()).type.toBe<Effect.Effect<Lock.SharedLock>>()
    expect(Lock.withLock(lock, body)).type.toBe<Locked>()
    expect(body.pipe(Lock.withLock(lock))).type.toBe<Locked>()
    expect(RLock.withLock(rlock, body)).type.toBe<Locked>()
    expect(Lock.acquireScoped(lock)).type.toBe<Effect.Effect<void, Lock.LockAbandonedError, Scope.Scope>>()
    expect(lock).type.toBeAssignableTo<Lock.Lock<Lock.LockAbandonedError>>()
    expect(lock).type.not.toBeAssignableTo<Lock.Lock>()
  })

  test("has blocking forms, which what is local has not", () => {
    expect(Lock.withLockSync(lock, () => 1)).type.toBe<number>()
    expect(Lock.withLockSync).type.not.toBeCallableWith(local, () => 1)
    expect(Semaphore.acquireSync(semaphore)).type.toBe<void>()
    expect(Semaphore.withPermitSync(semaphore, () => "a")).type.toBe<string>()
  })

  test("is repaired by an effect of any type", () => {
    expect(Lock.recover(lock, body)).type.toBe<Effect.Effect<boolean, "boom", ThreadGroup.ThreadGroup>>()
    expect(body.pipe(Lock.recover(lock))).type.toBe<Effect.Effect<boolean, "boom", ThreadGroup.ThreadGroup>>()
    expect(Lock.recover).type.not.toBeCallableWith(local, body)
  })

  test("is nobody's to build", () => {
    expect(Lock.withLock).type.not.toBeCallableWith({ name: "a", memory: cells, threads: cells }, Effect.void)
  })

  test("is a condition's lock, of a local condition too", () => {
    expect(Condition.make(lock)).type.toBe<Effect.Effect<Condition.Condition<Lock.LockAbandonedError>>>()
    expect(Condition.makeShared(lock)).type.toBe<Effect.Effect<Condition.SharedCondition>>()
    expect(Condition.makeShared(rlock)).type.toBe<Effect.Effect<Condition.SharedCondition>>()
    expect(Condition.makeShared).type.not.toBeCallableWith(local)
  })

  test("crosses to tasks as an argument, and inside one; what is local does not", () => {
    type Failure = Lock.LockAbandonedError | WorkerPool.TaskError
    expect(tasks.locked({ lock, cells })).type.toBe<Effect.Effect<number, Failure, WorkerPool.WorkerPool>>()
    expect(tasks.counted({ lock, cells })).type.toBe<
      Effect.Effect<number, WorkerPool.TaskError, WorkerPool.WorkerPool>
    >()
    expect(tasks.anyLocked(lock, 1)).type.toBe<Effect.Effect<number, Failure, WorkerPool.WorkerPool>>()
    expect(tasks.many([semaphore])).type.toBe<Effect.Effect<number, WorkerPool.TaskError, WorkerPool.WorkerPool>>()
    expect(tasks.locked).type.not.toBeCallableWith({ lock: local, cells })
  })
})
