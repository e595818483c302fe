/** Read-write locks, local and shared, in the forms that the contracts are written for. */
import { assert } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import type { Option } from "effect"
import { ReadWriteLock, Thread } from "effect-threading"
import type { ThreadGroup } from "effect-threading"
import type { Case } from "../support/contract.ts"
import { choose } from "../support/osThreads.ts"
import { untilWaiting, waiting } from "../support/waiters.ts"
import type { LockLike } from "./lock.ts"
import { type Copies, printed } from "./shared.ts"

export type Around = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
export type Attempt = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Option.Option<A>, E, R>

/** A read-write lock in its forms. */
export interface ReadWriteLike {
  readonly primitive: object
  readonly withReadLock: Around
  readonly withWriteLock: Around
  readonly withReadLockIfAvailable: Attempt
  readonly withWriteLockIfAvailable: Attempt
  readonly acquireReadScoped: Effect.Effect<void, never, Scope.Scope>
  readonly acquireWriteScoped: Effect.Effect<void, never, Scope.Scope>
  readonly readers: Effect.Effect<number>
  readonly isWriteLocked: Effect.Effect<boolean>
}

type Lock = ReadWriteLock.ReadWriteLock

const formsOf = (
  primitive: object,
  use: <A, E, R>(f: (lock: Lock) => Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
): ReadWriteLike => ({
  primitive,
  withReadLock: (effect) => use((lock) => ReadWriteLock.withReadLock(lock, effect)),
  withWriteLock: (effect) => use((lock) => ReadWriteLock.withWriteLock(lock, effect)),
  withReadLockIfAvailable: (effect) => use((lock) => ReadWriteLock.withReadLockIfAvailable(lock, effect)),
  withWriteLockIfAvailable: (effect) => use((lock) => ReadWriteLock.withWriteLockIfAvailable(lock, effect)),
  acquireReadScoped: use(ReadWriteLock.acquireReadScoped),
  acquireWriteScoped: use(ReadWriteLock.acquireWriteScoped),
  readers: use(ReadWriteLock.readers),
  isWriteLocked: use(ReadWriteLock.isWriteLocked)
})

export const localReadWriteLock: Effect.Effect<ReadWriteLike> = Effect.map(
  ReadWriteLock.make(),
  (lock) => formsOf(lock, (f) => f(lock))
)

/** One in shared memory, as the OS threads have it that use it. Nobody dies here. */
export const sharedReadWriteLockOf = (on: Copies): Effect.Effect<ReadWriteLike> =>
  Effect.map(ReadWriteLock.makeShared(), (lock) => {
    const copies = on(lock)
    return formsOf(printed(copies), (f) => Effect.flatMap(choose(copies), (copy) => f(copy as never as Lock)))
  })

export const isFree = (lock: ReadWriteLike): Effect.Effect<boolean> =>
  Effect.gen(function*() {
    return (yield* lock.readers) === 0 && !(yield* lock.isWriteLocked)
  })

/** Held for writing only, it is a lock. */
export const lockOfWriting = (make: Effect.Effect<ReadWriteLike>): Effect.Effect<LockLike> =>
  Effect.map(make, (lock) => {
    let held: Scope.Closeable | undefined
    const acquire = Effect.gen(function*() {
      const scope = yield* Scope.make()
      yield* Scope.provide(lock.acquireWriteScoped, scope)
      held = scope
    })
    return {
      primitive: lock.primitive,
      withLock: lock.withWriteLock,
      withLockIfAvailable: lock.withWriteLockIfAvailable,
      acquireScoped: lock.acquireWriteScoped,
      acquire,
      acquireIfAvailable: Effect.flatMap(
        isFree(lock),
        (isFree) => isFree ? Effect.as(acquire, true) : Effect.succeed(false)
      ),
      release: Effect.suspend(() => Scope.close(held!, Exit.void)),
      isFree: isFree(lock)
    }
  })

type Body = (lock: ReadWriteLike) => Effect.Effect<void, never, ThreadGroup.ThreadGroup>

/** A case about a new lock, which is free at the end. */
export const caseOf =
  (make: Effect.Effect<ReadWriteLike>) => (title: string, body: Body, options?: Partial<Case>): Case => ({
    ...options,
    title,
    body: Effect.gen(function*() {
      const lock = yield* make
      yield* body(lock)
      assert.isTrue(yield* isFree(lock), "it is free at the end")
      assert.strictEqual(waiting(lock.primitive), 0, "nobody waits at the end")
    })
  })

/** Threads that come one after the other while it is held, and write down that they got it: `r1 w2 …`. */
export const line = (lock: ReadWriteLike, kinds: string) =>
  Effect.gen(function*() {
    const order: Array<string> = []
    const threads: Array<Thread.Thread<void>> = []
    const before = waiting(lock.primitive)
    for (const [index, kind] of Array.from(kinds).entries()) {
      const turn = Effect.andThen(Effect.sync(() => order.push(`${kind}${index}`)), Effect.yieldNow)
      threads.push(yield* Thread.fork(kind === "r" ? lock.withReadLock(turn) : lock.withWriteLock(turn)))
      yield* untilWaiting(lock.primitive, before + index + 1)
    }
    return { order, threads }
  })
