/**
 * Values of which every thread has its own. Made on first use, never inherited unless asked, gone when the thread ends.
 * `resource` holds what must be released then: a connection or a parser a thread.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type * as Types from "effect/Types"
import { provideCaptured } from "./internal/captured.ts"
import { effectLast3 } from "./internal/effectLast.ts"
import { threadOf } from "./internal/region.ts"
import type { ThreadGroup } from "./internal/region.ts"
import type { ThreadRecord } from "./internal/threadRecord.ts"
import * as Lock from "./Lock.ts"

const TypeId = "~effect-threading/ThreadLocal"

/**
 * A value a thread. Making it may fail with `E`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ThreadLocal<in out A, out E = never> {
  readonly [TypeId]: { readonly _A: Types.Invariant<A>; readonly _E: Types.Covariant<E> }
}

/** What one thread has of one local. */
interface Slot<A> {
  value: { readonly current: A } | undefined
  /** The scope of the resource behind the value. */
  scope: Scope.Closeable | undefined
  /** Two fibers of a thread that ask at once get one resource. */
  making: Lock.Lock | undefined
}

class ThreadLocalImpl<A, E> implements ThreadLocal<A, E> {
  readonly [TypeId] = variance
  readonly inherits: boolean
  readonly initial: (thread: ThreadRecord, slot: Slot<A>) => Effect.Effect<A, E>

  constructor(inherits: boolean, initial: (thread: ThreadRecord, slot: Slot<A>) => Effect.Effect<A, E>) {
    this.inherits = inherits
    this.initial = initial
  }

  slot(thread: ThreadRecord): Slot<A> {
    let slot = thread.locals.get(this) as Slot<A> | undefined
    if (slot === undefined) thread.locals.set(this, slot = { value: undefined, scope: undefined, making: undefined })
    return slot
  }

  /** What a new thread gets of its maker's value. */
  copy(slot: Slot<A>): Slot<A> {
    return { value: slot.value, scope: undefined, making: undefined }
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- invariance takes and gives any value
const variance = { _A: (_: any) => _, _E: (_: never) => _ }

const impl = <A, E>(self: ThreadLocal<A, E>): ThreadLocalImpl<A, E> => self as unknown as ThreadLocalImpl<A, E>

const withSlot = <A, E, B, E2, R2>(
  self: ThreadLocal<A, E>,
  f: (slot: Slot<A>, thread: ThreadRecord) => Effect.Effect<B, E2, R2>
): Effect.Effect<B, E2, R2 | ThreadGroup> =>
  Effect.withFiber((fiber) => {
    const thread = threadOf(fiber)
    return f(impl(self).slot(thread), thread)
  })

/**
 * Creates a local whose value each thread makes with `initial` when it first asks. With `inherit: "copy"` a new thread begins
 * with the value that its maker has at that moment.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Thread, ThreadGroup, ThreadLocal } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const count = yield* ThreadLocal.make(() => 0)
 *   yield* ThreadLocal.set(count, 5)
 *   const other = yield* Thread.fork(ThreadLocal.get(count))
 *   return [yield* ThreadLocal.get(count), yield* Thread.join(other)] // [5, 0]
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A>(
  initial: () => A,
  options?: { readonly inherit?: "copy" | undefined }
): Effect.Effect<ThreadLocal<A>> =>
  Effect.sync(() => new ThreadLocalImpl<A, never>(options?.inherit === "copy", () => Effect.sync(initial)))

/**
 * Creates a local whose value is acquired by each thread when it first asks, and released when that thread ends (or calls
 * `delete`). If acquiring fails, `get` fails, and the next `get` tries again.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Thread, ThreadGroup, ThreadLocal } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const log: Array<string> = []
 *   const connection = yield* ThreadLocal.resource(Effect.acquireRelease(
 *     Effect.map(Thread.current, ({ name }) => log.push(`${name} opened`)),
 *     () => Effect.sync(() => log.push("closed"))
 *   ))
 *   const query = ThreadLocal.get(connection)
 *   yield* Thread.join(yield* Thread.fork(Effect.andThen(query, query), { name: "Ann" }))
 *   return log // ["Ann opened", "closed"]
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const resource = <A, E, R>(
  acquire: Effect.Effect<A, E, R>
): Effect.Effect<ThreadLocal<A, E>, never, Exclude<R, Scope.Scope>> =>
  Effect.map(
    Effect.context<Exclude<R, Scope.Scope>>(),
    (context) =>
      new ThreadLocalImpl<A, E>(false, (thread, slot) =>
        Effect.suspend(() => {
          const scope = Scope.forkUnsafe(thread.scope)
          const provided = provideCaptured(
            acquire,
            Context.add(context, Scope.Scope, scope) as unknown as Context.Context<R>
          )
          return Effect.onExitPrimitive(provided, (exit) => {
            if (Exit.isFailure(exit)) return Scope.closeUnsafe(scope, exit)
            slot.scope = scope
            return undefined
          })
        }))
  )

/**
 * The current thread's value, made now if this thread has none yet.
 *
 * @since 0.1.0
 * @category operations
 */
export const get = <A, E>(self: ThreadLocal<A, E>): Effect.Effect<A, E, ThreadGroup> =>
  withSlot(self, (slot, thread) => {
    if (slot.value !== undefined) return Effect.succeed(slot.value.current)
    slot.making ??= Lock.makeUnsafe()
    return Lock.withLock(
      slot.making,
      Effect.suspend(() =>
        slot.value !== undefined
          ? Effect.succeed(slot.value.current)
          : Effect.uninterruptibleMask((restore) =>
            Effect.map(restore(impl(self).initial(thread, slot)), (value) => {
              slot.value = { current: value }
              return value
            })
          )
      )
    )
  })

/**
 * Sets the current thread's value.
 *
 * @since 0.1.0
 * @category operations
 */
export const set = <A, E>(self: ThreadLocal<A, E>, value: A): Effect.Effect<void, never, ThreadGroup> =>
  withSlot(self, (slot) => {
    slot.value = { current: value }
    return Effect.void
  })

/**
 * Changes the current thread's value, made first if this thread has none yet.
 *
 * @since 0.1.0
 * @category operations
 */
export const update = <A, E>(self: ThreadLocal<A, E>, f: (a: A) => A): Effect.Effect<void, E, ThreadGroup> =>
  Effect.flatMap(get(self), (value) => set(self, f(value)))

const delete_ = <A, E>(self: ThreadLocal<A, E>): Effect.Effect<void, never, ThreadGroup> =>
  withSlot(self, (slot) => {
    const { scope } = slot
    slot.value = undefined
    slot.scope = undefined
    return scope === undefined ? Effect.void : Scope.close(scope, Exit.void)
  })

export {
  /**
   * Forgets the current thread's value, and releases the resource behind it; the next `get` makes another. Without a value it
   * does nothing.
   *
   * @since 0.1.0
   * @category operations
   */
  delete_ as delete
}

/**
 * Runs the effect with another value for the current thread, and sets the old one again when it ends.
 *
 * @since 0.1.0
 * @category combinators
 */
export const locally: {
  <A, E1>(
    self: ThreadLocal<A, E1>,
    value: A
  ): <B, E, R>(effect: Effect.Effect<B, E, R>) => Effect.Effect<B, E, R | ThreadGroup>
  <B, E, R, A, E1>(
    self: ThreadLocal<A, E1>,
    value: A,
    effect: Effect.Effect<B, E, R>
  ): Effect.Effect<B, E, R | ThreadGroup>
} = effectLast3(
  <B, E, R, A, E1>(self: ThreadLocal<A, E1>, value: A, effect: Effect.Effect<B, E, R>) =>
    withSlot(self, (slot) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          const outer = slot.value
          slot.value = { current: value }
          return outer
        }),
        () => effect,
        (outer) =>
          Effect.sync(() => {
            slot.value = outer
          })
      ))
)
