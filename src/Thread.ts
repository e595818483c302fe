/**
 * Threads with a life cycle: New, Runnable, Running, Blocked, Terminated. A thread is a fiber with a name, an identity, a
 * scope of its own, thread-locals and a place in a `ThreadGroup`, which decides when it must end: the region waits for it,
 * or, if it is a daemon, interrupts it once nobody else is left.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import type * as Pipeable from "effect/Pipeable"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Types from "effect/Types"
import { listen } from "./internal/allChanges.ts"
import { takeDump } from "./internal/dump.ts"
import type { Dump } from "./internal/dumpModel.ts"
import { knowErrors } from "./internal/knownErrors.ts"
import * as region from "./internal/region.ts"
import type { ThreadGroup } from "./internal/region.ts"
import { sited } from "./internal/site.ts"
import * as records from "./internal/threadRecord.ts"
import { preciseNow } from "./internal/time.ts"

export {
  /** @since 0.1.0 */
  ThreadAlreadyStartedError,
  /** @since 0.1.0 */
  ThreadGroupClosedError
} from "./internal/region.ts"

export {
  /** @since 0.2.0 */
  type Dump,
  /** @since 0.2.0 */
  type DumpedExecutor,
  /** @since 0.2.0 */
  type DumpedFiber,
  /** @since 0.2.0 */
  type DumpedHold,
  /** @since 0.2.0 */
  type DumpedLock,
  /** @since 0.3.0 */
  type DumpedPool,
  /** @since 0.3.0 */
  type DumpedTask,
  /** @since 0.2.0 */
  type DumpedThread,
  /** @since 0.2.0 */
  type DumpedWait,
  /** @since 0.3.0 */
  type DumpedWorker
} from "./internal/dumpModel.ts"

const TypeId = "~effect-threading/Thread"
const UnstartedTypeId = "~effect-threading/Thread/Unstarted"

/**
 * What every thread has. `ident` is unique among all threads of the process, `name` need not be.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any {
  readonly ident: number
  readonly name: string
  readonly daemon: boolean
}

/**
 * A thread that was made but not started: there is nothing to join yet.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unstarted<out A, out E = never> extends Any, Pipeable.Pipeable {
  readonly [UnstartedTypeId]: { readonly _A: Types.Covariant<A>; readonly _E: Types.Covariant<E> }
}

/**
 * A thread that was started. It ends with an `A`, fails with an `E`, dies, or is interrupted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Thread<out A, out E = never> extends Any, Pipeable.Pipeable {
  readonly [TypeId]: { readonly _A: Types.Covariant<A>; readonly _E: Types.Covariant<E> }
}

/**
 * How a thread is made: its `name` (default `Thread-N`), and whether it is a `daemon` (default: as its maker is).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly name?: string | undefined
  readonly daemon?: boolean | undefined
}

/**
 * Where a thread is in its life. *Runnable*: its next step is scheduled. *Running*: it executes now. *Blocked*: it waits, `on`
 * a lock, a thread, a future (`holder` names the thread that has it) or another asynchronous operation, such as a sleep.
 *
 * @since 0.1.0
 * @category models
 */
export type State<A = unknown, E = unknown> =
  | { readonly _tag: "New" }
  | { readonly _tag: "Runnable" }
  | { readonly _tag: "Running" }
  | {
    readonly _tag: "Blocked"
    readonly on: { readonly kind: string; readonly name: string; readonly holder?: string | undefined }
  }
  | { readonly _tag: "Terminated"; readonly exit: Exit.Exit<A, E> }

/**
 * The defect of joining a thread that was interrupted: it has no result, and the joiner was not interrupted itself.
 * `Thread.await` tells the exit of any thread.
 *
 * @since 0.1.0
 * @category errors
 */
export class ThreadInterruptedError extends Schema.TaggedError<ThreadInterruptedError>(
  "effect-threading/ThreadInterruptedError"
)("ThreadInterruptedError", { ident: Schema.Number, name: Schema.String }) {
  override get message(): string {
    return `Thread.join: ${this.name} was interrupted, so it has no result. Thread.await tells how any thread ended.`
  }
}

/**
 * The defect of a thread that joins itself, and so would wait for ever.
 *
 * @since 0.1.0
 * @category errors
 */
export class ThreadJoinsItselfError extends Schema.TaggedError<ThreadJoinsItselfError>(
  "effect-threading/ThreadJoinsItselfError"
)("ThreadJoinsItselfError", { ident: Schema.Number, name: Schema.String }) {
  override get message(): string {
    return `Thread.join: deadlock, ${this.name} would wait for its own end. Join it from another thread.`
  }
}

knowErrors(ThreadInterruptedError, ThreadJoinsItselfError)

/**
 * What is done about a thread that ended in failure (not: by interruption). Called once, in that thread, before those who
 * join it go on; what it fails with itself is ignored. The default logs an error with the thread's name and the cause.
 *
 * @since 0.1.0
 * @category references
 */
export const ExceptHook: Context.Reference<
  (
    report: { readonly thread: Thread<unknown, unknown>; readonly cause: Cause.Cause<unknown> }
  ) => Effect.Effect<void>
> = region.ExceptHook as never // the same hook, told in public types

// A record is a thread; its public types differ by what may be done with it.
const record = (self: Any): records.ThreadRecord => self as records.ThreadRecord
const asThread = <A, E>(self: records.ThreadRecord): Thread<A, E> => self as unknown as Thread<A, E>

const build = (
  effect: Effect.Effect<unknown, unknown, unknown>,
  options: Options | undefined,
  fiber: Fiber.Fiber<unknown, unknown>
): records.ThreadRecord => {
  const maker = region.threadOf(fiber)
  const thread = new records.ThreadRecord(region.regionOf(fiber), {
    name: options?.name,
    daemon: options?.daemon ?? maker.daemon
  })
  thread.inherit(maker)
  thread.body = effect as Effect.Effect<unknown, unknown>
  thread.context = fiber.context
  return thread
}

const launch = (thread: records.ThreadRecord): records.ThreadRecord => {
  ;(thread.home as region.Region).start(thread)
  return thread
}

const dataFirst = (args: IArguments): boolean => Effect.isEffect(args[0])

/**
 * Makes a thread in state New. It belongs to the current `ThreadGroup` and has a `Scope` of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: <Arg extends Effect.Effect<unknown, unknown, unknown> | Options | undefined = Options>(
  effectOrOptions?: Arg,
  options?: Options
) => [Arg] extends [Effect.Effect<infer A, infer E, infer R>]
  ? Effect.Effect<Unstarted<A, E>, never, Exclude<R, Scope.Scope> | ThreadGroup>
  : <A, E, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<Unstarted<A, E>, never, Exclude<R, Scope.Scope> | ThreadGroup> = dual(
    dataFirst,
    (effect: Effect.Effect<unknown, unknown, unknown>, options?: Options) =>
      Effect.withFiber((fiber) => Effect.succeed(build(effect, options, fiber)))
  )

/**
 * Starts a thread. A second start dies with `ThreadAlreadyStartedError`.
 *
 * @since 0.1.0
 * @category operations
 */
export const start = <A, E>(self: Unstarted<A, E>): Effect.Effect<Thread<A, E>> =>
  Effect.sync(() => asThread<A, E>(launch(record(self))))

/**
 * Makes a thread and starts it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Thread, ThreadGroup } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const thread = yield* Thread.fork(Effect.succeed(6 * 7), { name: "answer" })
 *   return yield* Thread.join(thread) // 42
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fork: <Arg extends Effect.Effect<unknown, unknown, unknown> | Options | undefined = Options>(
  effectOrOptions?: Arg,
  options?: Options
) => [Arg] extends [Effect.Effect<infer A, infer E, infer R>]
  ? Effect.Effect<Thread<A, E>, never, Exclude<R, Scope.Scope> | ThreadGroup>
  : <A, E, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<Thread<A, E>, never, Exclude<R, Scope.Scope> | ThreadGroup> = dual(
    dataFirst,
    (effect: Effect.Effect<unknown, unknown, unknown>, options?: Options) =>
      Effect.withFiber((fiber) => Effect.succeed(launch(build(effect, options, fiber))))
  )

/**
 * Waits until the thread has ended, and answers with its result or fails as it failed. Joining a thread that was
 * interrupted dies with `ThreadInterruptedError`; a thread that joins itself dies with `ThreadJoinsItselfError`.
 *
 * @since 0.1.0
 * @category operations
 */
export const join = <A, E>(self: Thread<A, E>): Effect.Effect<A, E> =>
  sited(Effect.withFiber((fiber) => {
    const thread = record(self)
    if (fiber.getRef(records.CurrentThread) === thread) {
      return Effect.die(new ThreadJoinsItselfError({ ident: thread.ident, name: thread.name }))
    }
    thread.isObserved = true
    return region.awaitThread(thread, (exit) => joined<A, E>(thread, exit as Exit.Exit<A, E>))
  }))

const joined = <A, E>(thread: Any, exit: Exit.Exit<A, E>): Exit.Exit<A, E> => {
  if (Exit.isSuccess(exit) || !Cause.hasInterrupts(exit.cause)) return exit
  const reasons = exit.cause.reasons.filter((reason) => reason._tag !== "Interrupt")
  return reasons.length === 0
    ? Exit.die(new ThreadInterruptedError({ ident: thread.ident, name: thread.name }))
    : Exit.failCause(Cause.fromReasons(reasons))
}

const await_ = <A, E>(self: Thread<A, E>): Effect.Effect<Exit.Exit<A, E>> =>
  Effect.suspend(() => {
    record(self).isObserved = true
    return region.awaitThread(record(self), (exit) => Effect.succeed(exit as Exit.Exit<A, E>))
  })

export {
  /**
   * Waits until the thread has ended, and tells how. Never fails.
   *
   * @since 0.1.0
   * @category operations
   */
  await_ as await
}

/**
 * Interrupts the thread and waits until it has ended, its finalizers run. Does nothing to one that has ended.
 *
 * @since 0.1.0
 * @category operations
 */
export const interrupt = <A, E>(self: Thread<A, E>): Effect.Effect<void> =>
  Effect.withFiber((fiber) => {
    const thread = record(self)
    thread.fiber?.interruptUnsafe(fiber.id)
    return thread.fiber === undefined ? Effect.void : region.awaitThread(thread, () => Effect.void)
  })

/**
 * The state that the thread is in now.
 *
 * @since 0.1.0
 * @category reading
 */
export const state = <A, E>(self: Unstarted<A, E> | Thread<A, E>): Effect.Effect<State<A, E>> =>
  Effect.sync(() => {
    // Who watches the changes sees no less than who asks.
    record(self).touch()
    return record(self).state() as State<A, E>
  })

/**
 * The states that the thread goes through from now on, the present one first; ends with Terminated.
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Event, Thread, ThreadGroup } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const go = yield* Event.make()
 *   const thread = yield* Thread.fork(Event.wait(go))
 *   const states = yield* Thread.changes(thread).pipe(
 *     Stream.tap((state) => state._tag === "Blocked" ? Event.set(go) : Effect.void),
 *     Stream.runCollect
 *   )
 *   return [states[0]?._tag, states.at(-1)?._tag] // ["Runnable", "Terminated"]
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category reading
 */
export const changes = <A, E>(self: Unstarted<A, E> | Thread<A, E>): Stream.Stream<State<A, E>> =>
  Stream.callback<State<A, E>>((queue) =>
    Effect.acquireRelease(
      Effect.sync(() =>
        record(self).watch((state) => {
          Queue.offerUnsafe(queue, state as State<A, E>)
          if (state._tag === "Terminated") Queue.endUnsafe(queue)
        })
      ),
      (stop) => Effect.sync(stop)
    )
  )

/**
 * A state that a thread has come to, and when: `at` counts milliseconds since 1970, with fractions.
 *
 * @since 0.4.0
 * @category models
 */
export interface Change {
  readonly thread: Thread<unknown, unknown>
  readonly state: State
  readonly at: number
}

/**
 * The `changes` of all threads of this OS thread in one, in the order in which they happen: of those that are alive, their present
 * states first, and of all that start later. It does not end.
 *
 * Threads that listen are left out as long as they do, since whatever they are told makes them run.
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Thread, ThreadGroup } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const ends = Thread.allChanges.pipe(
 *     Stream.filter(({ state }) => state._tag === "Terminated"),
 *     Stream.map(({ thread }) => thread.name),
 *     Stream.take(2),
 *     Stream.runCollect
 *   )
 *   const watcher = yield* Thread.fork(ends, { name: "watcher" })
 *   yield* Effect.yieldNow
 *   yield* Thread.fork(Effect.void, { name: "first" })
 *   yield* Thread.fork(Effect.void, { name: "second" })
 *   return yield* Thread.join(watcher) // ["first", "second"]
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.4.0
 * @category reading
 */
export const allChanges: Stream.Stream<Change> = Stream.callback<Change>((queue) =>
  Effect.acquireRelease(
    Effect.withFiber((fiber) =>
      Effect.sync(() =>
        listen(fiber.getRef(records.CurrentThread), (thread, state) => {
          Queue.offerUnsafe(queue, { thread: asThread(thread), state, at: preciseNow() })
        })
      )
    ),
    (stop) => Effect.sync(stop)
  )
)

/**
 * Whether the thread was started and has not ended.
 *
 * @since 0.1.0
 * @category reading
 */
export const isAlive = (self: Any): Effect.Effect<boolean> => Effect.sync(() => record(self).isAlive)

/**
 * The number of the OS thread that this code runs on: 0 for the main one.
 *
 * @since 0.1.0
 * @category reading
 */
export const nativeId: number = records.nativeId

/**
 * The thread that this effect runs on.
 *
 * @since 0.1.0
 * @category reading
 */
export const current: Effect.Effect<Thread<unknown, unknown>, never, ThreadGroup> = Effect.withFiber((fiber) =>
  Effect.succeed(asThread(region.threadOf(fiber)))
)

/**
 * The thread that this effect runs on, none outside of every region.
 *
 * @since 0.1.0
 * @category reading
 */
export const currentOption: Effect.Effect<Option.Option<Thread<unknown, unknown>>> = Effect.withFiber((fiber) =>
  Effect.succeed(Option.map(Option.fromNullishOr(fiber.getRef(records.CurrentThread)), asThread))
)

/**
 * The main thread of the region: the one that runs the effect given to `ThreadGroup.supervise`.
 *
 * @since 0.1.0
 * @category reading
 */
export const main: Effect.Effect<Thread<unknown, unknown>, never, ThreadGroup> = Effect.withFiber((fiber) =>
  Effect.succeed(asThread(region.regionOf(fiber).main))
)

/**
 * All threads of this OS thread that are alive, daemons, main threads and executors' workers among them, oldest first.
 *
 * @since 0.1.0
 * @category reading
 */
export const enumerate: Effect.Effect<ReadonlyArray<Thread<unknown, unknown>>> = Effect.sync(() =>
  region.enumerate().map((thread) => asThread(thread))
)

/**
 * How many threads are alive: the length of `enumerate`.
 *
 * @since 0.1.0
 * @category reading
 */
export const activeCount: Effect.Effect<number> = Effect.map(enumerate, (threads) => threads.length)

/**
 * What all threads of this OS thread do now: the state of each and since when, what it holds, what it waits for and who has
 * that; the locks with their queues, and the executors with their workers. `String(dump)` is for people,
 * `JSON.stringify(dump)` for programs. `effect-threading/node` prints it on a signal and serves it over HTTP.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Lock, Thread, ThreadGroup } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const ledger = yield* Lock.make({ name: "ledger" })
 *   yield* Thread.fork(Lock.withLock(ledger, Effect.never), { name: "writer", daemon: true })
 *   yield* Thread.fork(Lock.withLock(ledger, Effect.void), { name: "reader", daemon: true })
 *   yield* Effect.yieldNow
 *   const { locks } = yield* Thread.dump
 *   return locks.map(({ holder, name, waiting }) => `${name}: ${holder}, then ${waiting}`) // ["ledger: writer, then reader"]
 * }).pipe(ThreadGroup.supervise)
 * ```
 *
 * @since 0.2.0
 * @category reading
 */
export const dump: Effect.Effect<Dump> = Effect.sync(takeDump)
