/** All models. */
import * as LockWord from "./lockWord.ts"
import * as Monitor from "./monitor.ts"
import * as OsThreads from "./osThreads.ts"
import * as Semaphore from "./semaphore.ts"
import type { Case } from "./world.ts"

export const cases: ReadonlyArray<Case> = [...LockWord.cases, ...Monitor.cases, ...OsThreads.cases, ...Semaphore.cases]

/** Too long for each day. */
export const longCases: ReadonlyArray<Case> = [
  ...LockWord.longCases,
  ...Monitor.longCases,
  ...OsThreads.longCases,
  ...Semaphore.longCases
]
