/**
 * A flag that fibers wait for: `wait` returns once it is set. `set` wakes everybody who waits at that moment, also if
 * `clear` follows at once.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { EventState } from "./internal/event.ts"
import type { Shared } from "./internal/shared/sharedData.ts"
import { sharedEvent, shareEvent } from "./internal/shared/sharedEvent.ts"

export {
  /** @since 0.3.0 */
  CannotBlockError
} from "./internal/shared/blocking.ts"

const TypeId = "~effect-threading/Event"

/**
 * An event that the fibers of one OS thread share.
 *
 * @since 0.1.0
 * @category models
 */
export interface Event {
  readonly [TypeId]: typeof TypeId
}

/**
 * An event that all OS threads of the process share: plain data, which crosses to a worker as a task's argument, or in one.
 *
 * @since 0.3.0
 * @category models
 */
export interface SharedEvent extends Event {
  readonly [Shared]: "Event"
}

class EventImpl extends EventState implements Event {
  readonly [TypeId] = TypeId
}

const impl = (self: Event): EventState => self instanceof EventImpl ? self : sharedEvent(self)

/**
 * Creates an event that is not set. Its `name` (default `Event-N`) is what dumps and reports call it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Event, Thread, ThreadGroup } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const ready = yield* Event.make()
 *   const worker = yield* Thread.fork(Effect.as(Event.wait(ready), "went on"))
 *   yield* Event.set(ready)
 *   return yield* Thread.join(worker) // "went on"
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: { readonly name?: string | undefined }): Effect.Effect<Event> =>
  Effect.sync(() => makeUnsafe(options))

/**
 * Creates an event outside of an Effect, for a module's top level.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeUnsafe = (options?: { readonly name?: string | undefined }): Event => new EventImpl(options?.name)

/**
 * Creates an event in shared memory that is not set. Its `name` (default `SharedEvent-N`) goes along with it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Event } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const ready = yield* Event.makeShared()
 *   // A worker, to which it has gone as an argument, may set it, or wait for it, in the same way.
 *   yield* Event.set(ready)
 *   yield* Event.wait(ready)
 *   return Event.isSetSync(ready) // true
 * })
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const makeShared = (options?: { readonly name?: string | undefined }): Effect.Effect<SharedEvent> =>
  Effect.sync(() => shareEvent(options?.name) as unknown as SharedEvent)

/**
 * Waits until the event is set. Returns at once if it already is. Python's `wait(timeout)` is
 * `Effect.timeoutOption(Event.wait(event), "1 second")`.
 *
 * @since 0.1.0
 * @category operations
 */
export const wait = (self: Event): Effect.Effect<void> => Effect.suspend(() => impl(self).wait())

/**
 * Sets the event and wakes everybody who waits for it.
 *
 * @since 0.1.0
 * @category operations
 */
export const set = (self: Event): Effect.Effect<void> => Effect.sync(() => impl(self).turn(true))

/**
 * Makes later `wait`s wait again. Those that `set` has woken go on.
 *
 * @since 0.1.0
 * @category operations
 */
export const clear = (self: Event): Effect.Effect<void> => Effect.sync(() => impl(self).turn(false))

/**
 * Whether the event is set now.
 *
 * @since 0.1.0
 * @category reading
 */
export const isSet = (self: Event): Effect.Effect<boolean> => Effect.sync(() => impl(self).isSet)

/**
 * Blocks this OS thread until the shared event is set, or until the `timeout` has passed, if there is one; answers whether it was
 * set. For synchronous code, which has no other way to wait. Another OS thread has to set it: the fibers of this one stand still.
 *
 * Throws `CannotBlockError` where it would have to wait on the main thread. While it waits it is a `Task.checkpoint`, four times a
 * second.
 *
 * @since 0.3.0
 * @category blocking
 */
export const waitSync = (self: SharedEvent, timeout: Duration.Input = Duration.infinity): boolean =>
  sharedEvent(self).waitBlocking(Duration.toMillis(Duration.fromInputUnsafe(timeout)))

/**
 * Sets a shared event in synchronous code.
 *
 * @since 0.3.0
 * @category blocking
 */
export const setSync = (self: SharedEvent): void => sharedEvent(self).turn(true)

/**
 * Clears a shared event in synchronous code.
 *
 * @since 0.3.0
 * @category blocking
 */
export const clearSync = (self: SharedEvent): void => sharedEvent(self).turn(false)

/**
 * Whether a shared event is set now, in synchronous code.
 *
 * @since 0.3.0
 * @category blocking
 */
export const isSetSync = (self: SharedEvent): boolean => sharedEvent(self).isSet
