/** Every primitive, and what it is put through. */
import type { AnyScenario } from "../scenario.ts"
import { barrier } from "./barrier.ts"
import { condition } from "./condition.ts"
import { event } from "./event.ts"
import { lock, rlock } from "./locks.ts"
import { readWriteLock } from "./readWriteLock.ts"
import { bounded, semaphore } from "./semaphores.ts"

export const scenarios: ReadonlyArray<AnyScenario> = [
  lock,
  rlock,
  semaphore,
  bounded,
  event,
  condition,
  barrier,
  readWriteLock
] as ReadonlyArray<object> as ReadonlyArray<AnyScenario>
