import { Effect } from "effect"
import { RLock } from "effect-threading"
import { lockContract } from "./contracts/lock.ts"
import type { LockLike } from "./contracts/lock.ts"

const asLockLike = (lock: RLock.RLock): LockLike => ({
  primitive: lock,
  withLock: RLock.withLock(lock),
  withLockIfAvailable: RLock.withLockIfAvailable(lock),
  acquireScoped: RLock.acquireScoped(lock),
  acquire: RLock.acquire(lock),
  acquireIfAvailable: RLock.acquireIfAvailable(lock),
  release: RLock.release(lock),
  isFree: Effect.map(RLock.isLocked(lock), (isLocked) => !isLocked)
})

lockContract("RLock", Effect.map(RLock.make(), asLockLike))
