/** Read-write locks: two cells that a writer changes one after the other, and that every reader finds equal. */
import * as ReadWriteLock from "effect-threading/ReadWriteLock"
import * as Effect from "effect/Effect"
import { Count, own } from "../field.ts"
import type { Scenario } from "../scenario.ts"
import type { Walker } from "../walker.ts"

const Cell = { left: own, right: own + 1 } as const

/** A writer takes all the room there is; readers may die. */
const all = 1000

const look = (walker: Walker): number => {
  const left = walker.field.cells[Cell.left]!
  const right = walker.field.cells[Cell.right]!
  if (left !== right) walker.fail(`the left is ${left}, the right ${right}`)
  return left
}

const reads = (walker: Walker): Effect.Effect<void> =>
  walker.inside(
    1,
    Effect.andThen(
      Effect.andThen(Effect.sync(() => look(walker)), walker.pause(3)),
      Effect.sync(() => void look(walker))
    )
  )

const readsSync = (walker: Walker): void =>
  walker.insideSync(1, () => {
    look(walker)
    walker.spin()
    look(walker)
  })

const turn = (walker: Walker): void => {
  const value = look(walker) + 1
  walker.field.cells[Cell.left] = value
  walker.spin()
  walker.field.cells[Cell.right] = value
}

const writes = (walker: Walker): Effect.Effect<void> =>
  walker.inside(all, Effect.andThen(walker.pause(3), Effect.sync(() => turn(walker))))

const writesSync = (walker: Walker): void => walker.insideSync(all, () => turn(walker))

const recover = (walker: Walker, lock: ReadWriteLock.SharedReadWriteLock) =>
  ReadWriteLock.recover(
    lock,
    Effect.andThen(
      walker.pause(3),
      Effect.sync(() => {
        walker.field.bury(Infinity)
        walker.field.cells[Cell.right] = walker.field.cells[Cell.left]!
        walker.count(Count.repairs)
      })
    )
  )

const once = (walker: Walker, lock: ReadWriteLock.SharedReadWriteLock): Effect.Effect<unknown, unknown> => {
  const { random } = walker
  const reading = reads(walker)
  const writing = writes(walker)
  const again = ReadWriteLock.withReadLock(lock, reading)
  return random.pick([
    () => ReadWriteLock.withReadLock(lock, random.chance(0.2) ? again : reading),
    () => ReadWriteLock.withReadLock(lock, reading),
    () => walker.ifAvailable(ReadWriteLock.withReadLockIfAvailable(lock, reading)),
    () => Effect.scoped(Effect.andThen(ReadWriteLock.acquireReadScoped(lock), reading)),
    () =>
      ReadWriteLock.withWriteLock(
        lock,
        random.chance(0.2)
          ? Effect.andThen(writing, ReadWriteLock.withReadLock(lock, Effect.sync(() => look(walker))))
          : writing
      ),
    () => walker.ifAvailable(ReadWriteLock.withWriteLockIfAvailable(lock, writing)),
    () => Effect.scoped(Effect.andThen(ReadWriteLock.acquireWriteScoped(lock), writing)),
    () => walker.blocking(() => ReadWriteLock.withReadLockSync(lock, () => readsSync(walker))),
    () => walker.blocking(() => ReadWriteLock.withWriteLockSync(lock, () => writesSync(walker)))
  ])()
}

export const readWriteLock: Scenario<ReadWriteLock.SharedReadWriteLock> = {
  name: "ReadWriteLock",
  rules: { limit: all, forgiven: all },
  make: ReadWriteLock.makeShared(),
  fiber: (walker, lock) =>
    walker.operations(() => walker.answered(walker.disturbed(once(walker, lock)), recover(walker, lock))),
  plain: (walker, lock) =>
    walker.untilAbandoned(() => walker.begins(), () => {
      if (walker.random.chance(0.3)) ReadWriteLock.withWriteLockSync(lock, () => writesSync(walker))
      else ReadWriteLock.withReadLockSync(lock, () => readsSync(walker))
    }),
  isPlainResumed: true,
  recover,
  rest: (walker, lock) =>
    Effect.gen(function*() {
      yield* walker.answered(ReadWriteLock.withWriteLock(lock, Effect.void), recover(walker, lock))
      yield* ReadWriteLock.withWriteLock(lock, Effect.sync(() => writesSync(walker)))
      const readers = yield* ReadWriteLock.readers(lock)
      if (readers !== 0 || (yield* ReadWriteLock.isWriteLocked(lock))) {
        walker.fail(`it is held, by ${readers} readers, when all have ended`)
      }
      walker.field.bury(all)
      if (walker.field.inside !== 0) walker.fail(`${walker.field.inside} inside when all have ended`)
    }),
  shared: (primitive) => [primitive]
}
