/** Wrong implementations of every primitive: the contracts are worth what they find. */
import { barriers } from "./barrier.ts"
import { conditions } from "./condition.ts"
import { events } from "./event.ts"
import { executorMutants } from "./executor.ts"
import { futureMutants, rightFuture } from "./future.ts"
import { mutantsOf } from "./mutant.ts"
import type { Mutant } from "./mutant.ts"
import { readWriteLocks } from "./readWriteLock.ts"
import { rlocks } from "./rlock.ts"
import { locks, semaphores } from "./semaphore.ts"
import { threadGroupMutants } from "./threadGroup.ts"

export const mutants: ReadonlyArray<Mutant> = [
  ...mutantsOf(locks),
  ...mutantsOf(rlocks),
  ...mutantsOf(readWriteLocks),
  ...mutantsOf(semaphores),
  ...mutantsOf(conditions),
  ...mutantsOf(barriers),
  ...mutantsOf(events),
  ...futureMutants,
  ...executorMutants,
  ...threadGroupMutants
]

/** The implementations that the bugs were put into, without any. */
export const withoutBug: ReadonlyArray<Mutant> = [
  { name: "the small lock", cases: locks.cases(undefined) },
  { name: "the small RLock", cases: rlocks.cases(undefined) },
  { name: "the small read-write lock", cases: readWriteLocks.cases(undefined) },
  { name: "the small semaphore", cases: semaphores.cases(undefined) },
  { name: "the small condition", cases: conditions.cases(undefined) },
  { name: "the small barrier", cases: barriers.cases(undefined) },
  { name: "the small event", cases: events.cases(undefined) },
  { name: "the small future", cases: rightFuture }
]
