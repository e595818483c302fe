import { Effect } from "effect"
import { Semaphore } from "effect-threading"
import { lockContract } from "./contracts/lock.ts"
import type { LockLike } from "./contracts/lock.ts"

const asLockLike = (semaphore: Semaphore.Semaphore): LockLike => ({
  primitive: semaphore,
  withLock: Semaphore.withPermit(semaphore),
  withLockIfAvailable: Semaphore.withPermitIfAvailable(semaphore),
  acquireScoped: Semaphore.acquireScoped(semaphore),
  acquire: Semaphore.acquire(semaphore),
  acquireIfAvailable: Semaphore.acquireIfAvailable(semaphore),
  release: Semaphore.release(semaphore),
  isFree: Effect.map(Semaphore.value(semaphore), (value) => value === 1)
})

lockContract("Semaphore with one permit", Effect.map(Semaphore.make(1), asLockLike))
lockContract("bounded Semaphore with one permit", Effect.map(Semaphore.makeBounded(1), asLockLike))
