/** Tasks that take what OS threads share, as arguments or in them. */
import { Effect } from "effect"
import { Lock, type Semaphore } from "effect-threading"

interface Table {
  readonly lock: Lock.SharedLock
  readonly cells: Int32Array
}

export const locked = ({ cells, lock }: Table) => Lock.withLock(lock, Effect.sync(() => ++cells[0]!))

export const counted = ({ cells, lock }: Table): number => Lock.withLockSync(lock, () => ++cells[0]!)

export const anyLocked = (lock: Lock.Lock<Lock.LockAbandonedError>, n: number) => Lock.withLock(lock, Effect.succeed(n))

export const many = (semaphores: ReadonlyArray<Semaphore.SharedSemaphore>): number => semaphores.length
