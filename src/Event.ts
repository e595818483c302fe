/**
 * A flag that fibers wait for: `wait` returns once it is set. `set` wakes everybody who waits at that moment, also if
 * `clear` follows at once.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { nextName } from "./internal/names.ts"
import type { Waitable } from "./internal/waiting.ts"
import { park, Waiter, WaitQueue } from "./internal/waitQueue.ts"

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

class EventImpl implements Event, Waitable {
  readonly [TypeId] = TypeId
  readonly kind = "Event"
  private given: string | undefined
  isSet = false
  readonly queue = new WaitQueue<void>(this, (queue) => {
    if (!this.isSet) return
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) queue.grant(waiter, undefined)
  })

  constructor(name: string | undefined) {
    this.given = name || undefined
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  toString(): string {
    return `${this.name}(${this.isSet ? "set" : "unset"}, ${this.queue.size} waiting)`
  }

  toJSON(): unknown {
    return { _id: "Event", name: this.name, isSet: this.isSet, waiting: this.queue.size }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

const impl = (self: Event): EventImpl => self as EventImpl

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
 * Waits until the event is set. Returns at once if it already is. Python's `wait(timeout)` is
 * `Effect.timeoutOption(Event.wait(event), "1 second")`.
 *
 * @since 0.1.0
 * @category operations
 */
export const wait = (self: Event): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { isSet, queue } = impl(self)
    return isSet ? Effect.void : park(queue, new Waiter(Fiber.getCurrent()!, undefined), undefined)
  })

/**
 * Sets the event and wakes everybody who waits for it.
 *
 * @since 0.1.0
 * @category operations
 */
export const set = (self: Event): Effect.Effect<void> =>
  Effect.sync(() => {
    impl(self).isSet = true
    impl(self).queue.settle()
  })

/**
 * Makes later `wait`s wait again. Those that `set` has woken go on.
 *
 * @since 0.1.0
 * @category operations
 */
export const clear = (self: Event): Effect.Effect<void> =>
  Effect.sync(() => {
    impl(self).isSet = false
  })

/**
 * Whether the event is set now.
 *
 * @since 0.1.0
 * @category reading
 */
export const isSet = (self: Event): Effect.Effect<boolean> => Effect.sync(() => impl(self).isSet)
