/** The contracts of the library's own modules, by name. */
import {
  Barrier,
  Condition,
  Event,
  Future,
  Lock,
  RLock,
  Semaphore,
  Thread,
  ThreadGroup,
  ThreadPoolExecutor
} from "effect-threading"
import type { Case } from "../support/contract.ts"
import { barrierCases } from "./barrier.ts"
import { conditionCases } from "./condition.ts"
import { conditionHoldCases, heldLock, heldRLock } from "./conditionHolds.ts"
import { eventCases } from "./event.ts"
import { executorCases } from "./executor.ts"
import { futureCases } from "./future.ts"
import { lockCases, lockOf } from "./lock.ts"
import { nurseryCases } from "./nursery.ts"
import { localReadWriteLock, lockOfWriting } from "./readWriteForms.ts"
import { readWriteLockCases } from "./readWriteLock.ts"
import { readWriteReentryCases } from "./readWriteReentry.ts"
import { rlockCases } from "./rlock.ts"
import { lockOfSemaphore, semaphoreCases } from "./semaphore.ts"
import { shutdownCases } from "./shutdown.ts"
import { superviseCases } from "./supervise.ts"

export const suites = {
  "Lock": lockCases(lockOf(Lock)),
  "RLock": lockCases(lockOf(RLock)),
  "RLock re-entry": rlockCases(RLock),
  "ReadWriteLock": readWriteLockCases(localReadWriteLock),
  "ReadWriteLock re-entry": readWriteReentryCases(localReadWriteLock),
  "ReadWriteLock for writing": lockCases(lockOfWriting(localReadWriteLock)),
  "Semaphore with one permit": lockCases(lockOfSemaphore(Semaphore)),
  "bounded Semaphore with one permit": lockCases(lockOfSemaphore(Semaphore, Semaphore.makeBounded(1))),
  "Semaphore with several permits": semaphoreCases(Semaphore),
  "Event": eventCases(Event),
  "Condition on a lock": conditionCases(Condition, heldLock(Condition, Lock)),
  "Condition on a re-entrant lock held once": conditionCases(Condition, heldRLock(Condition, RLock, 1)),
  "Condition on a re-entrant lock held twice": conditionCases(Condition, heldRLock(Condition, RLock, 2)),
  "Condition on a re-entrant lock held three times": conditionCases(Condition, heldRLock(Condition, RLock, 3)),
  "Condition's holds": conditionHoldCases(Condition, RLock),
  "Barrier": barrierCases(Barrier),
  "ThreadGroup.supervise": superviseCases({ ...ThreadGroup, ...Thread }),
  "ThreadGroup.nursery": nurseryCases({ ...ThreadGroup, ...Thread }),
  "Future": futureCases(Future),
  "ThreadPoolExecutor": executorCases(ThreadPoolExecutor),
  "ThreadPoolExecutor's end": shutdownCases(ThreadPoolExecutor)
} satisfies Record<string, ReadonlyArray<Case>>
