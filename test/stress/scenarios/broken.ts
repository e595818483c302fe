/** Primitives that are made wrong, to see that this is found. */
import * as Lock from "effect-threading/Lock"
import * as Semaphore from "effect-threading/Semaphore"
import type * as Effect from "effect/Effect"
import type { AnyScenario } from "../scenario.ts"
import { lock, type Locks, lockScenario } from "./locks.ts"
import { permits, semaphore, semaphoreScenario } from "./semaphores.ts"

const openLock = {
  ...Lock,
  withLock: (_: unknown, effect: Effect.Effect<unknown>) => effect,
  withLockSync: (_: unknown, f: () => unknown) => f()
} as unknown as Locks

export const broken: ReadonlyArray<AnyScenario> = [
  lockScenario("a lock that is open to some", openLock),
  semaphoreScenario("a semaphore with a permit too many", Semaphore.makeShared(permits + 1), false),
  { ...lock, name: "a lock that wakes nobody", isMute: true },
  { ...semaphore, name: "a semaphore that wakes nobody", isMute: true }
] as ReadonlyArray<object> as ReadonlyArray<AnyScenario>
