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
import { cancelAll, CurrentTask, FutureState, lendAgain, lendPlace, startable } from "./internal/futureState.ts"
import type { CancelledError } from "./internal/futureState.ts"
import { sited } from "./internal/site.ts"
import { park, Waiter, WaitQueue } from "./internal/waitQueue.ts"

export {
  /** @since 0.1.0 */
  CancelledError,
  /** @since 0.1.0 */
  InvalidStateError
} from "./internal/futureState.ts"
import type { Obstacle, Obstacles } from "./internal/waiting.ts"

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
    const watch = new Watch(all, returnWhen === "allCompleted", () => isEnough, (future) => {
      isEnough ||= --left === 0 || isEnoughAlone(future, returnWhen)
    })
    return Effect.ensuring(Effect.andThen(watch.opened, answer), watch.stop)
  })

const isEnoughAlone = (future: FutureState, returnWhen: string): boolean =>
  future.exit !== undefined
  && (returnWhen === "firstCompleted"
    || (returnWhen === "firstException" && future.phase !== "cancelled" && Exit.isFailure(future.exit)))

/**
 * Waits on several futures. While one of an executor's tasks waits here, pending futures of that executor are started on its
 * place, one after the other, as `exit` does with one.
 */
class Watch {
  private readonly all: ReadonlyArray<FutureState>
  private readonly needsAll: boolean
  private readonly isOpen: () => boolean
  private readonly stops: Array<() => void> = []
  private readonly queue: WaitQueue<void>
  /** The fiber that waits, from before it starts anything: what it starts may end before it is in the queue. */
  private waiting: Fiber.Fiber<unknown, unknown> | undefined = undefined
  private giveBack: (() => void) | undefined = undefined
  /** The future that was started last. */
  private lent: FutureState | undefined = undefined
  private next = 0
  /** How many at the beginning of the list have ended. */
  private ended = 0

  constructor(
    all: ReadonlyArray<FutureState>,
    needsAll: boolean,
    isOpen: () => boolean,
    ended: (future: FutureState) => void
  ) {
    this.all = all
    this.needsAll = needsAll
    this.isOpen = isOpen
    const name = `${needsAll ? "all" : "one"} of ${all.length} futures`
    this.queue = new WaitQueue<void>({ kind: "Future", name, obstacles: () => this.obstacles() }, (queue) => {
      if (isOpen()) queue.grant(queue.first!, undefined)
    })
    const observer = (future: FutureState) => {
      ended(future)
      this.queue.settle()
      if (this.waiting !== undefined && !isOpen()) this.lend(this.waiting)
    }
    for (const future of all) if (future.exit === undefined) this.stops.push(future.observe(observer))
  }

  // Of what may be very many futures, mostly the first that has not ended tells that the wait can.
  private obstacles(): Obstacles | undefined {
    const { all, needsAll } = this
    while (all[this.ended]?.exit !== undefined) this.ended++
    if (!needsAll && all[this.ended]?.phase !== "running") return undefined
    return { stuckIf: needsAll ? "any" : "all", fibers: { [Symbol.iterator]: () => this.runners() } }
  }

  private *runners(): Generator<Obstacle> {
    for (let index = this.ended; index < this.all.length; index++) {
      const future = this.all[index]!
      if (future.exit !== undefined) continue
      const obstacles = future.phase === "running" ? future.obstacles() : undefined
      if (obstacles !== undefined) yield* obstacles.fibers
      else if (!this.needsAll) yield { fiber: undefined }
    }
  }

  private lend(fiber: Fiber.Fiber<unknown, unknown>): void {
    const { lent } = this
    // The place has room for one: nothing else is started while that runs, also if it outlasted an earlier wait.
    if (lent !== undefined && lent.exit === undefined) {
      this.giveBack ??= lendAgain(lent, fiber)
      return
    }
    this.giveBack?.()
    this.giveBack = undefined
    if (fiber.getRef(CurrentTask) === undefined) return
    while (this.giveBack === undefined && this.next < this.all.length) {
      this.lent = this.all[this.next++]!
      this.giveBack = lendPlace(this.lent, fiber)
    }
    if (this.giveBack === undefined) this.lent = undefined
  }

  readonly opened: Effect.Effect<void> = Effect.suspend(() => {
    if (this.isOpen()) return Effect.void
    const fiber = Fiber.getCurrent()!
    return Effect.onExitPrimitive(
      Effect.suspend(() => {
        this.waiting = fiber
        this.lend(fiber)
        return park(this.queue, new Waiter<void>(fiber, undefined), undefined)
      }),
      () => {
        this.waiting = undefined
        this.giveBack?.()
        this.giveBack = undefined
        return undefined
      }
    )
  })

  readonly stop: Effect.Effect<void> = Effect.sync(() => {
    for (const stop of this.stops) stop()
  })
}

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
      const watch = new Watch(all, false, () => given < done.length, (future) => done.push(future))
      const pull: Effect.Effect<readonly [Of<F>], Cause.Done> = Effect.suspend(() =>
        given === all.length
          ? Cause.done()
          : Effect.map(watch.opened, () => [done[given++] as unknown as Of<F>] as const)
      )
      return Stream.ensuring(Stream.fromPull(Effect.succeed(pull)), watch.stop)
    })
  )
