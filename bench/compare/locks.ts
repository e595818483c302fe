/** The locks between OS threads of each package, in its own words. Nothing of the other is loaded beside them. */
import type * as Effect from "effect/Effect"
import { setTimeout as sleep } from "node:timers/promises"

/** `S` is what crosses to a worker. What has no promise blocks its OS thread. */
export interface Locks<S = unknown> {
  /** What it does not have, and what is tried instead. */
  readonly lacks: { readonly timeout?: string; readonly reentrant?: string }
  make(permits: number): S
  withLock(shared: S, f: () => void): void
  /** Takes the lock if it gets it within so many milliseconds, and gives it back. */
  lockWithin(shared: S, ms: number): Promise<boolean>
  /** Makes a lock usable whose holder has died. */
  recover?(shared: S): Promise<void>
  withReentrantLock(shared: S, f: () => void): void
  withReadLock(shared: S, f: () => void): void
  withWriteLock(shared: S, f: () => void): void
  withPermits(shared: S, permits: number, f: () => void): void
  permitsWithin(shared: S, permits: number, ms: number): Promise<boolean>
  /** Takes permits if they are free for whoever comes now; the answer gives them back. */
  takePermits(shared: S, permits: number): (() => void) | undefined
}

const ours = async () => {
  // Each OS thread loads it, so no more of it than is needed.
  const Effect = await import("effect/Effect")
  const Option = await import("effect/Option")
  const Lock = await import("effect-threading/Lock")
  const ReadWriteLock = await import("effect-threading/ReadWriteLock")
  const RLock = await import("effect-threading/RLock")
  const Semaphore = await import("effect-threading/Semaphore")
  const make = (permits: number) =>
    Effect.runSync(Effect.all({
      lock: Lock.makeShared(),
      reentrant: RLock.makeShared(),
      readWrite: ReadWriteLock.makeShared(),
      semaphore: Semaphore.makeShared(permits)
    }))
  const within = <E>(acquire: Effect.Effect<void, E>, ms: number) =>
    Effect.runPromise(acquire.pipe(Effect.timeoutOption(ms), Effect.map(Option.isSome)))
  const locks: Locks<ReturnType<typeof make>> = {
    lacks: {},
    make,
    withLock: ({ lock }, f) => Lock.withLockSync(lock, f),
    lockWithin: ({ lock }, ms) => within(Lock.withLock(lock, Effect.void), ms),
    recover: async ({ lock }) => void await Effect.runPromise(Lock.recover(lock, Effect.void)),
    withReentrantLock: ({ reentrant }, f) => RLock.withLockSync(reentrant, f),
    withReadLock: ({ readWrite }, f) => ReadWriteLock.withReadLockSync(readWrite, f),
    withWriteLock: ({ readWrite }, f) => ReadWriteLock.withWriteLockSync(readWrite, f),
    withPermits: ({ semaphore }, permits, f) => Semaphore.withPermitsSync(semaphore, permits, f),
    permitsWithin: ({ semaphore }, permits, ms) => within(Semaphore.withPermits(semaphore, permits, Effect.void), ms),
    takePermits: ({ semaphore }, permits) =>
      Effect.runSync(Semaphore.acquireIfAvailable(semaphore, permits))
        ? () => Semaphore.releaseSync(semaphore, permits)
        : undefined
  }
  return locks
}

const multithreading = async () => {
  const { Mutex, RwLock, Semaphore } = await import("multithreading")
  const make = (permits: number) => {
    const [mutex, readWrite, semaphore] = [4, 4, 8].map((bytes) => new SharedArrayBuffer(bytes)) as [
      SharedArrayBuffer,
      SharedArrayBuffer,
      SharedArrayBuffer
    ]
    new Int32Array(semaphore)[0] = permits
    return { mutex, readWrite, semaphore }
  }
  const during = (guard: { dispose(): void }, f: () => void) => {
    try {
      f()
    } finally {
      guard.dispose()
    }
  }
  const withMutex = (mutex: SharedArrayBuffer, f: () => void) => during(new Mutex(undefined, mutex).blockingLock(), f)
  /** What else is there to do? */
  const within = async (acquire: Promise<{ dispose(): void }>, ms: number) => {
    const guard = await Promise.race([acquire, sleep(ms, undefined)])
    guard?.dispose()
    return guard !== undefined
  }
  const locks: Locks<ReturnType<typeof make>> = {
    lacks: { timeout: "has no time-out, and a race leaves its wait behind", reentrant: "has none, and its mutex" },
    make,
    withLock: ({ mutex }, f) => withMutex(mutex, f),
    lockWithin: ({ mutex }, ms) => within(new Mutex(undefined, mutex).lock(), ms),
    withReentrantLock: ({ mutex }, f) => withMutex(mutex, f),
    withReadLock: ({ readWrite }, f) => during(new RwLock(undefined, readWrite).blockingRead(), f),
    withWriteLock: ({ readWrite }, f) => during(new RwLock(undefined, readWrite).blockingWrite(), f),
    withPermits: ({ semaphore }, permits, f) => during(new Semaphore(0, semaphore).blockingAcquire(permits), f),
    permitsWithin: ({ semaphore }, permits, ms) => within(new Semaphore(0, semaphore).acquire(permits), ms),
    takePermits: ({ semaphore }, permits) => {
      const guard = new Semaphore(0, semaphore).tryAcquire(permits)
      return guard === null ? undefined : () => guard.dispose()
    }
  }
  return locks
}

/** By package, ours first. */
export const allLocks = { "effect-threading": ours, multithreading }

export type LockPackage = keyof typeof allLocks
