/** Tasks in which an OS thread dies while it holds something shared. */
import * as Event from "effect-threading/Event"
import * as Lock from "effect-threading/Lock"
import * as RLock from "effect-threading/RLock"
import * as Semaphore from "effect-threading/Semaphore"
import * as Effect from "effect/Effect"
import { isMainThread } from "node:worker_threads"

const die = (): never => {
  if (isMainThread) throw new Error("This would end the test.")
  return process.exit(7)
}

/** Holds it, says so, and dies when it is told to. */
interface Scene<L> {
  readonly lock: L
  readonly held: Event.SharedEvent
  readonly end: Event.SharedEvent
}

const dieWhenTold = ({ end, held }: Scene<unknown>): Effect.Effect<never> =>
  Effect.andThen(Event.set(held), Effect.flatMap(Event.wait(end), () => Effect.sync(die)))

const dieWhenToldSync = ({ end, held }: Scene<unknown>): never => {
  Event.setSync(held)
  Event.waitSync(end)
  return die()
}

type Dead = Effect.Effect<never, Lock.LockAbandonedError>

export const lock = (scene: Scene<Lock.SharedLock>): Dead => Lock.withLock(scene.lock, dieWhenTold(scene))

export const lockSync = (scene: Scene<Lock.SharedLock>): never =>
  Lock.withLockSync(scene.lock, () => dieWhenToldSync(scene))

export const rlock = ({ lock, ...rest }: Scene<RLock.SharedRLock>): Dead =>
  RLock.withLock(lock, RLock.withLock(lock, dieWhenTold({ lock, ...rest })))

export const rlockSync = ({ lock, ...rest }: Scene<RLock.SharedRLock>): never =>
  RLock.withLockSync(lock, () => RLock.withLockSync(lock, () => dieWhenToldSync({ lock, ...rest })))

export const permits = (semaphore: Semaphore.SharedSemaphore): Effect.Effect<never> =>
  Semaphore.withPermits(semaphore, 2, Effect.sync(die))

export const permitsSync = (semaphore: Semaphore.SharedSemaphore): never => Semaphore.withPermitsSync(semaphore, 2, die)

export const bare = (semaphore: Semaphore.SharedSemaphore): never => {
  Semaphore.acquireSync(semaphore)
  return die()
}

/** A repair that is not finished. */
export const repair = (lock: Lock.SharedLock): Effect.Effect<boolean> => Lock.recover(lock, Effect.sync(die))
