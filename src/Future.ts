/**
 * The result of a task that an executor runs, or has queued. A future is pending, running, then finished; or cancelled while
 * it was pending. Its waiters go on, and its callbacks run, when it is done.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Pipeable from "effect/Pipeable"
import * as Stream from "effect/Stream"
import type * as Types from "effect/Types"
import { provideCaptured } from "./internal/captured.ts"
import { cancelAll, CurrentTask, FutureState, lendPlace, startable } from "./internal/futureState.ts"
import type { CancelledError } from "./internal/futureState.ts"
import { FutureWatch } from "./internal/futureWatch.ts"
import { sited } from "./internal/site.ts"
import { park, Waiter } from "./internal/waitQueue.ts"

export {
  /** @since 0.1.0 */
  CancelledError,
  /** @since 0.1.0 */
  InvalidStateError
} from "./internal/futureState.ts"

const TypeId = "~effect-threading/Future"

/**
 * A result to come: an `A`, a failure `E`, or `CancelledError`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Future<out A, out E = never> extends Pipeable.Pipeable {
  readonly [TypeId]: { readonly _A: Types.Covariant<A>; readonly _E: Types.Covariant<E> }
}

/**
 * Any future.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Future<unknown, unknown>

/**
 * What a future of this type gives.
 *
 * @since 0.1.0
 * @category models
 */
export type Success<F> = F extends Future<infer A, infer _E> ? A : never

/**
 * What a future of this type fails with.
 *
 * @since 0.1.0
 * @category models
 */
export type Error<F> = F extends Future<infer _A, infer E> ? E : never

type Of<F> = Future<Success<F>, Error<F>>

const impl = (self: Any): FutureState => self as unknown as FutureState

/**
 * Creates a pending future by hand, for code that bridges to another way of running tasks: `setRunning` says that it runs,
 * `complete` ends it. Futures of an executor are ended by the executor.
 *
 * ```ts
 * import { Effect, Exit } from "effect"
 * import { Future } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const future = yield* Future.make<number>()
 *   setTimeout(() => Effect.runSync(Future.complete(future, Exit.succeed(42))), 1)
 *   return yield* Future.result(future) // 42
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E = never>(): Effect.Effect<Future<A, E>> =>
  Effect.sync(() => new FutureState() as unknown as Future<A, E>)

/**
 * Waits for the result. Fails as the task failed, or with `CancelledError` if it was cancelled or interrupted. Interrupting
 * the wait leaves the future alone. A task that waits here for a queued future of its own executor starts it at once.
 *
 * @since 0.1.0
 * @category waiting
 */
export const result = <A, E>(self: Future<A, E>): Effect.Effect<A, E | CancelledError> =>
  sited(Effect.suspend(() => {
    const future = impl(self)
    future.isObserved = true
    return (future.exit ?? Effect.flatten(exit(self))) as Effect.Effect<A, E | CancelledError>
  }))

/**
 * Waits until the future is done, and tells how it ended. Never fails.
 *
 * @since 0.1.0
 * @category waiting
 */
export const exit = <A, E>(self: Future<A, E>): Effect.Effect<Exit.Exit<A, E | CancelledError>> =>
  Effect.suspend(() => {
    const future = impl(self)
    future.isObserved = true
    const ended = () => Effect.succeed(future.exit as Exit.Exit<A, E | CancelledError>)
    if (future.exit !== undefined) return ended()
    const fiber = Fiber.getCurrent()!
    const waiting = park(future.waiters, new Waiter<void>(fiber, undefined), undefined)
    if (startable(future, fiber.getRef(CurrentTask)) === undefined) return Effect.flatMap(waiting, ended)
    return Effect.flatMap(
      Effect.acquireUseRelease(
        Effect.sync(() => lendPlace(future, fiber)),
        () => waiting,
        (giveBack) => Effect.sync(() => giveBack?.())
      ),
      ended
    )
  })

/**
 * Cancels the future if it is still pending: its task never runs. Answers whether the future is cancelled now; false if the
 * task runs or has finished.
 *
 * @since 0.1.0
 * @category operations
 */
export const cancel = (self: Any): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    const future = impl(self)
    return future.phase === "pending"
      ? Effect.as(cancelAll([future]), true)
      : Effect.succeed(future.phase === "cancelled")
  })

/**
 * Cancels the future if it is pending, or interrupts its task if it runs, and waits until it is done.
 *
 * @since 0.1.0
 * @category operations
 */
export const interrupt = (self: Any): Effect.Effect<void> =>
  Effect.withFiber((fiber) => {
    const future = impl(self)
    if (future.phase === "pending") return Effect.asVoid(cancel(self))
    future.task?.interrupt(fiber.id)
    return Effect.asVoid(exit(self))
  })

/**
 * Says that a future made by hand runs from now on, so that it cannot be cancelled any more. False if it was cancelled before.
 * Dies with `InvalidStateError` if it runs or is finished already.
 *
 * @since 0.1.0
 * @category completing
 */
export const setRunning = (self: Any): Effect.Effect<boolean> => Effect.sync(() => impl(self).begin())

/**
 * Ends a future made by hand, and runs its callbacks. Dies with `InvalidStateError` if it is done already.
 *
 * @since 0.1.0
 * @category completing
 */
export const complete = <A, E>(self: Future<A, E>, exit: Exit.Exit<A, E>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const callbacks = impl(self).complete(exit)
    return callbacks === undefined ? Effect.void : Effect.uninterruptible(callbacks)
  })

/**
 * Whether the future is finished or cancelled.
 *
 * @since 0.1.0
 * @category reading
 */
export const isDone = (self: Any): Effect.Effect<boolean> => Effect.sync(() => impl(self).exit !== undefined)

/**
 * Whether the task runs now.
 *
 * @since 0.1.0
 * @category reading
 */
export const isRunning = (self: Any): Effect.Effect<boolean> => Effect.sync(() => impl(self).phase === "running")

/**
 * Whether the future was cancelled, or its task interrupted.
 *
 * @since 0.1.0
 * @category reading
 */
export const isCancelled = (self: Any): Effect.Effect<boolean> => Effect.sync(() => impl(self).phase === "cancelled")

/**
 * Runs `f` with the exit once the future is done, in the fiber that ends it; at once, here, if it is done. Callbacks run in the
 * order they were added; one that fails is logged and stops nobody.
 *
 * @since 0.1.0
 * @category operations
 */
export const onDone = <A, E, R>(
  self: Future<A, E>,
  f: (exit: Exit.Exit<A, E | CancelledError>) => Effect.Effect<unknown, unknown, R>
): Effect.Effect<void, never, R> =>
  Effect.contextWith((context: Context.Context<R>) => {
    const future = impl(self)
    return future.onDone(
      provideCaptured(Effect.suspend(() => f(future.exit as Exit.Exit<A, E | CancelledError>)), context)
    )
  })

/**
 * What `wait` answers: which of the futures are done, and which are not, both in the order given.
 *
 * @since 0.1.0
 * @category models
 */
export interface DoneAndNotDone<out F extends Any> {
  readonly done: ReadonlyArray<F>
  readonly notDone: ReadonlyArray<F>
}

/**
 * Waits until all futures are done (`"allCompleted"`, the default), or the first one is (`"firstCompleted"`), or the first one
 * failed (`"firstException"`; a cancelled one has not failed). Duplicates count once. Python's `timeout`, which keeps what is
 * done, is `Effect.timeoutOption(wait(…))` followed by `wait(…, { returnWhen: "firstCompleted" })` or by `isDone`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Future, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const pool = yield* ThreadPoolExecutor.make()
 *   const slow = yield* ThreadPoolExecutor.submit(pool, Effect.never)
 *   const fast = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("fast"))
 *   const { done, notDone } = yield* Future.wait([slow, fast], { returnWhen: "firstCompleted" })
 *   yield* Future.interrupt(slow)
 *   return [done.length, notDone.length] // [1, 1]
 * }).pipe(Effect.scoped, ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category waiting
 */
export const wait = <F extends Any>(
  futures: Iterable<F>,
  options?: { readonly returnWhen?: "allCompleted" | "firstCompleted" | "firstException" | undefined }
): Effect.Effect<DoneAndNotDone<Of<F>>> =>
  Effect.suspend(() => {
    const returnWhen = options?.returnWhen ?? "allCompleted"
    const all = Array.from(new Set(futures), impl)
    for (const future of all) future.isObserved = true
    const answer = Effect.sync(() => ({
      done: all.filter((future) => future.exit !== undefined) as unknown as Array<Of<F>>,
      notDone: all.filter((future) => future.exit === undefined) as unknown as Array<Of<F>>
    }))
    let left = all.filter((future) => future.exit === undefined).length
    let isEnough = left === 0 || all.some((future) => isEnoughAlone(future, returnWhen))
    if (isEnough) return answer
    const watch = new FutureWatch(all, returnWhen === "allCompleted", () => isEnough, (future) => {
      isEnough ||= --left === 0 || isEnoughAlone(future, returnWhen)
    })
    return Effect.ensuring(Effect.andThen(watch.opened, answer), watch.stop)
  })

const isEnoughAlone = (future: FutureState, returnWhen: string): boolean =>
  future.exit !== undefined
  && (returnWhen === "firstCompleted"
    || (returnWhen === "firstException" && future.phase !== "cancelled" && Exit.isFailure(future.exit)))

/**
 * The futures in the order in which they end, those that are done already first. Duplicates come once, cancelled ones too.
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Future, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const pool = yield* ThreadPoolExecutor.make()
 *   const slow = yield* ThreadPoolExecutor.submit(pool, Effect.delay(Effect.succeed("slow"), "5 millis"))
 *   const fast = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("fast"))
 *   const results = Future.asCompleted([slow, fast]).pipe(Stream.mapEffect(Future.result))
 *   return yield* Stream.runCollect(results) // ["fast", "slow"]
 * }).pipe(Effect.scoped, ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category waiting
 */
export const asCompleted = <F extends Any>(futures: Iterable<F>): Stream.Stream<Of<F>> =>
  Stream.unwrap(
    Effect.sync(() => {
      const all = Array.from(new Set(futures), impl)
      for (const future of all) future.isObserved = true
      const done = all.filter((future) => future.exit !== undefined)
      let given = 0
      const watch = new FutureWatch(all, false, () => given < done.length, (future) => done.push(future))
      const pull: Effect.Effect<readonly [Of<F>], Cause.Done> = Effect.suspend(() =>
        given === all.length
          ? Cause.done()
          : Effect.map(watch.opened, () => [done[given++] as unknown as Of<F>] as const)
      )
      return Stream.ensuring(Stream.fromPull(Effect.succeed(pull)), watch.stop)
    })
  )
