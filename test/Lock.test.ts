import { Effect } from "effect"
import { Lock } from "effect-threading"
import { lockContract } from "./contracts/lock.ts"
import type { LockLike } from "./contracts/lock.ts"

const asLockLike = (lock: Lock.Lock): LockLike => ({
  primitive: lock,
  withLock: Lock.withLock(lock),
  withLockIfAvailable: Lock.withLockIfAvailable(lock),
  acquireScoped: Lock.acquireScoped(lock),
  acquire: Lock.acquire(lock),
  acquireIfAvailable: Lock.acquireIfAvailable(lock),
  release: Lock.release(lock),
  isFree: Effect.map(Lock.isLocked(lock), (isLocked) => !isLocked)
})

lockContract("Lock", Effect.map(Lock.make(), asLockLike))
