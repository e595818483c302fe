/** All models. */
import * as Barrier from "./barrier.ts"
import * as Condition from "./condition.ts"
import * as Event from "./event.ts"
import * as LockWord from "./lockCases.ts"
import * as Monitor from "./monitor.ts"
import * as OsThreads from "./osThreads.ts"
import * as ReadWriteLock from "./readWriteLock.ts"
import * as Semaphore from "./semaphore.ts"
import type { Case } from "./world.ts"

const models = [LockWord, Monitor, OsThreads, Semaphore, Barrier, ReadWriteLock, Condition, Event]

export const cases: ReadonlyArray<Case> = models.flatMap(({ cases }) => cases)

/** Too long for each day. */
export const longCases: ReadonlyArray<Case> = models.flatMap(({ longCases }) => longCases)
