/** Two accounts in shared memory, whose sum is always the same for whoever holds the lock. */
import * as Lock from "effect-threading/Lock"
import * as Effect from "effect/Effect"

export interface Bank {
  readonly accounts: Int32Array<SharedArrayBuffer>
  readonly lock: Lock.SharedLock
}

export const transfer = ({ accounts, lock }: Bank, amount: number) =>
  Lock.withLock(
    lock,
    Effect.sync(() => {
      accounts[0]! -= amount
      accounts[1]! += amount
    })
  )

/** Its worker dies in the middle, and cannot clean up. */
export const transferAndDie = ({ accounts, lock }: Bank, amount: number): void =>
  Lock.withLockSync(lock, () => {
    accounts[0]! -= amount
    process.exit(1)
  })
