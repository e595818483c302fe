import type { Event } from "effect-threading"
import * as Events from "effect-threading/Event"
import type * as Lock from "effect-threading/Lock"
import * as RLock from "effect-threading/RLock"
import * as Effect from "effect/Effect"

export const take = (lock: RLock.SharedRLock): Effect.Effect<void, Lock.LockAbandonedError> =>
  RLock.withLock(lock, Effect.void)

export const takeSync = (lock: RLock.SharedRLock): void => RLock.withLockSync(lock, () => {})

/** Holds it until told to let go. */
export const hold = (
  lock: RLock.SharedRLock,
  held: Event.SharedEvent,
  letGo: Event.SharedEvent
): Effect.Effect<void, Lock.LockAbandonedError> =>
  RLock.withLock(lock, Effect.andThen(Events.set(held), Events.wait(letGo)))
