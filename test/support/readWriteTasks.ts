/** Tasks that read and write two numbers under a read-write lock, which are equal unless somebody writes; and such that die. */
import * as ReadWriteLock from "effect-threading/ReadWriteLock"
import * as Effect from "effect/Effect"

export interface Pair {
  readonly lock: ReadWriteLock.SharedReadWriteLock
  readonly cells: Int32Array
  /** How many tasks have begun. */
  readonly begun: Int32Array
}

const write = ({ cells }: Pair): void => {
  cells[0] = cells[0]! + 1
  cells[1] = cells[1]! + 1
}

const isWhole = ({ cells }: Pair): boolean => cells[0] === cells[1]

/** Writes so many times, and reads in between: how often it found the numbers unequal. */
export const usesSync = (pair: Pair, times: number): number => {
  let torn = 0
  for (let i = 0; i < times; i++) {
    ReadWriteLock.withWriteLockSync(pair.lock, () => {
      write(pair)
      ReadWriteLock.withReadLockSync(pair.lock, () => isWhole(pair) || torn++)
    })
    ReadWriteLock.withReadLockSync(pair.lock, () => isWhole(pair) || torn++)
  }
  return torn
}

export const uses = (pair: Pair, times: number): Effect.Effect<number, ReadWriteLock.LockAbandonedError> =>
  Effect.gen(function*() {
    let torn = 0
    const look = Effect.sync(() => isWhole(pair) || torn++)
    for (let i = 0; i < times; i++) {
      yield* Effect.all([
        ReadWriteLock.withReadLock(pair.lock, look),
        ReadWriteLock.withWriteLock(pair.lock, Effect.sync(() => write(pair))),
        ReadWriteLock.withReadLock(pair.lock, look)
      ], { concurrency: "unbounded" })
    }
    return torn
  })

/** Ends its worker while it writes. */
export const diesWriting = ({ cells, lock }: Pair): void =>
  ReadWriteLock.withWriteLockSync(lock, () => {
    cells[0] = cells[0]! + 1
    process.exit(3)
  })

/** Ends its worker while it reads, once somebody waits to write. */
export const diesReading = ({ begun, lock }: Pair) =>
  ReadWriteLock.withReadLock(
    lock,
    Effect.sync(() => {
      Atomics.add(begun, 0, 1)
      Atomics.notify(begun, 0)
      Atomics.wait(begun, 0, 1)
      process.exit(3)
    })
  )

/** Is blocked until it may write. */
export const writesSync = (pair: Pair): void => {
  Atomics.add(pair.begun, 0, 1)
  ReadWriteLock.withWriteLockSync(pair.lock, () => write(pair))
}
