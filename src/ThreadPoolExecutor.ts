/**
 * A pool of threads that runs submitted effects and answers with futures. Workers are spawned on demand up to `maxWorkers`,
 * reused when idle, and carry their thread-locals and per-thread resources from task to task.
 *
 * A task that waits for a queued future of its own executor starts it at once on its own place, so nested submission does not
 * starve. This holds within one executor: tasks of two executors that wait for each other can starve both. Waiting is what
 * starts such a future, so a task that polls its own queued futures with time-outs starts them all, beyond `maxWorkers`; use
 * `Future.isDone` to look without waiting.
 *
 * @since 0.1.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as MutableList from "effect/MutableList"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Types from "effect/Types"
import * as Future from "./Future.ts"
import { effectLast } from "./internal/effectLast.ts"
import { Executor } from "./internal/executor.ts"
import { InvalidWorkersError } from "./internal/executorErrors.ts"
import type { BrokenExecutorError, ExecutorQueueFullError, ExecutorShutdownError } from "./internal/executorErrors.ts"
import { cancelAll } from "./internal/futureState.ts"
import type { FutureState } from "./internal/futureState.ts"
import { regionOf, threadOf } from "./internal/region.ts"
import type { ThreadGroup } from "./internal/region.ts"

export {
  /** @since 0.1.0 */
  BrokenExecutorError,
  /** @since 0.1.0 */
  ExecutorQueueFullError,
  /** @since 0.1.0 */
  ExecutorShutdownError,
  /** @since 0.1.0 */
  InvalidWorkersError,
  /** @since 0.1.0 */
  ShutdownFromWorkerError
} from "./internal/executorErrors.ts"

const TypeId = "~effect-threading/ThreadPoolExecutor"

/**
 * A pool of threads. `Broken` is what its initializer may make of it, `Full` what a full queue answers.
 *
 * @since 0.1.0
 * @category models
 */
export interface ThreadPoolExecutor<out Broken = never, out Full = never> {
  readonly [TypeId]: { readonly _Broken: Types.Covariant<Broken>; readonly _Full: Types.Covariant<Full> }
}

/**
 * How an executor is made.
 *
 * - `maxWorkers`: how many tasks run at once, default `min(32, cores + 4)`.
 * - `threadNamePrefix`: workers are named `prefix_0`, `prefix_1`, …; default `ThreadPoolExecutor-N`.
 * - `initializer`: run once by each worker before its first task. If it fails, the executor is broken: what is queued, and
 *   every `submit` from then on, fails with `BrokenExecutorError`.
 * - `capacity`: how many tasks may be queued, default without bound. When it is reached, `submit` waits for room, or fails with
 *   `ExecutorQueueFullError` if `onFull` is `"fail"`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<IE, IR, OnFull extends "wait" | "fail"> {
  readonly maxWorkers?: number | undefined
  readonly threadNamePrefix?: string | undefined
  readonly initializer?: Effect.Effect<unknown, IE, IR> | undefined
  readonly capacity?: number | undefined
  readonly onFull?: OnFull | undefined
}

const impl = <Broken, Full>(self: ThreadPoolExecutor<Broken, Full>): Executor => self as unknown as Executor

const atLeastOne = (option: string, value: number): number => {
  if (value >= 1 && (Number.isInteger(value) || value === Infinity)) return value
  throw new InvalidWorkersError({ option, value })
}

const defaultWorkers = (): number => {
  const host = globalThis as unknown as { readonly navigator?: { readonly hardwareConcurrency?: number } }
  return Math.min(32, (host.navigator?.hardwareConcurrency ?? 1) + 4)
}

let unnamed = 0

/**
 * Creates an executor. When the scope closes it is shut down: by success or failure it finishes what was submitted; by
 * interruption it cancels what is queued and interrupts what runs.
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Future, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 4 })
 *   const future = yield* ThreadPoolExecutor.submit(pool, Effect.succeed(2 ** 8))
 *   const squares = ThreadPoolExecutor.map(pool, [1, 2, 3], (n) => Effect.succeed(n * n))
 *   return [yield* Future.result(future), yield* Stream.runCollect(squares)] // [256, [1, 4, 9]]
 * }).pipe(Effect.scoped, ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <IE = never, IR = never, OnFull extends "wait" | "fail" = "wait">(
  options: Options<IE, IR, OnFull> = {}
): Effect.Effect<
  ThreadPoolExecutor<
    [IE] extends [never] ? never : BrokenExecutorError,
    OnFull extends "fail" ? ExecutorQueueFullError : never
  >,
  never,
  IR | Scope.Scope | ThreadGroup
> =>
  Effect.uninterruptible(Effect.withFiber((fiber) => {
    const executor = new Executor(regionOf(fiber), threadOf(fiber), fiber.context, {
      maxWorkers: atLeastOne("maxWorkers", options.maxWorkers ?? defaultWorkers()),
      capacity: atLeastOne("capacity", options.capacity ?? Infinity),
      prefix: options.threadNamePrefix ?? `ThreadPoolExecutor-${unnamed++}`,
      failsWhenFull: options.onFull === "fail",
      initializer: options.initializer as Effect.Effect<unknown, unknown> | undefined
    })
    const finishing = Effect.andThen(executor.shutdown(false), executor.whenOver)
    return Effect.as(
      Effect.addFinalizer((exit) =>
        Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)
          ? executor.abandon
          : Effect.flatMap(
            Effect.exit(Effect.interruptible(finishing)),
            (finished) => Exit.isFailure(finished) ? executor.abandon : Effect.void
          )
      ),
      executor as never
    )
  }))

/**
 * Queues an effect and answers with its future. It runs in the context of the caller less its Scope and its holds of locks, on
 * a worker's thread, with a Scope of its own. Waits for room if the queue is full; a task of the executor itself never does.
 *
 * @since 0.1.0
 * @category operations
 */
export const submit: {
  <Broken, Full>(self: ThreadPoolExecutor<Broken, Full>): <A, E, R>(
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<
    Future.Future<A, E | Broken>,
    ExecutorShutdownError | Broken | Full,
    Exclude<R, Scope.Scope>
  >
  <Broken, Full, A, E, R>(
    self: ThreadPoolExecutor<Broken, Full>,
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<
    Future.Future<A, E | Broken>,
    ExecutorShutdownError | Broken | Full,
    Exclude<R, Scope.Scope>
  >
} = effectLast(
  <Broken, Full>(self: ThreadPoolExecutor<Broken, Full>, effect: Effect.Effect<unknown, unknown>) =>
    impl(self).submit(effect)
)

const stateOf = (future: Future.Any): FutureState => future as unknown as FutureState

/**
 * Runs `f` on each item and gives the results in the order of the items. Once the stream is run it submits all items at once,
 * or, with `bufferSize`, only so many ahead of what was taken. The first task that fails ends it; then, or if it is ended early,
 * what has not started is cancelled.
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ThreadGroup, ThreadPoolExecutor } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
 *   const lengths = ThreadPoolExecutor.map(pool, ["one", "three", "seven"], (word) => Effect.succeed(word.length))
 *   return yield* Stream.runCollect(lengths) // [3, 5, 5]
 * }).pipe(Effect.scoped, ThreadGroup.supervise)
 * ```
 *
 * @since 0.1.0
 * @category operations
 */
export const map = <Broken, Full, A, B, E, R>(
  self: ThreadPoolExecutor<Broken, Full>,
  items: Iterable<A>,
  f: (item: A) => Effect.Effect<B, E, R>,
  options?: { readonly bufferSize?: number | undefined }
): Stream.Stream<
  B,
  E | Broken | Full | ExecutorShutdownError | Future.CancelledError,
  Exclude<R, Scope.Scope>
> => {
  type Failure = E | Broken | Full | ExecutorShutdownError | Future.CancelledError
  return Stream.suspend(() => {
    const bufferSize = atLeastOne("bufferSize", options?.bufferSize ?? Infinity)
    const iterator = items[Symbol.iterator]()
    const futures = MutableList.make<Future.Future<B, E | Broken>>()
    let awaited: Future.Future<B, E | Broken> | undefined
    const submitNext: Effect.Effect<boolean, Failure, Exclude<R, Scope.Scope>> = Effect.suspend(() => {
      const next = iterator.next()
      return next.done === true
        ? Effect.succeed(false)
        : Effect.map(submit(self, Effect.suspend(() => f(next.value))), (future) => {
          // The stream ends with the first failure that it comes to; the others are nobody's.
          stateOf(future).isObserved = true
          MutableList.append(futures, future)
          return true
        })
    })
    const fill: Effect.Effect<void, Failure, Exclude<R, Scope.Scope>> = Effect.suspend(() =>
      futures.length < bufferSize ? Effect.flatMap(submitNext, (isMore) => isMore ? fill : Effect.void) : Effect.void
    )
    const take = Effect.suspend((): Effect.Effect<NonEmptyReadonlyArray<B>, Failure | Cause.Done> => {
      const future = MutableList.take(futures)
      if (future === MutableList.Empty) return Cause.done()
      awaited = future
      return Effect.map(Future.result(future), (value) => bufferSize === Infinity ? andFinished(value) : [value])
    })
    // With everything submitted, results that are there already come along, up to the first that is not, or failed.
    const andFinished = (first: B): NonEmptyReadonlyArray<B> => {
      const values: [B, ...Array<B>] = [first]
      for (;;) {
        const future = MutableList.take(futures)
        if (future === MutableList.Empty) return values
        const { exit } = stateOf(future)
        if (exit === undefined || Exit.isFailure(exit)) {
          MutableList.prepend(futures, future)
          return values
        }
        values.push(exit.value as B)
      }
    }
    // Each step submits one more before it waits, so `bufferSize` tasks stay ahead.
    const step = bufferSize === Infinity
      ? take
      : Effect.andThen(Effect.suspend(() => futures.length > 0 ? submitNext : Effect.void), take)
    const cancelRest = Effect.suspend(() => {
      const rest = MutableList.takeAll(futures)
      return cancelAll((awaited === undefined ? rest : [awaited, ...rest]).map(stateOf))
    })
    // Items that end in a failure of their own take nothing back: what they gave before still runs.
    const opened = Effect.tapCause(fill, (cause) =>
      Effect.sync(() => {
        if (!Cause.hasInterrupts(cause)) MutableList.clear(futures)
      }))
    return Stream.ensuring(Stream.fromPull(Effect.as(opened, step)), cancelRest)
  })
}

/**
 * Lets the executor take no more work, and, unless `wait` is `false`, waits until its workers have ended, everything that was
 * submitted done. With `cancelFutures` what is queued is cancelled; what runs is left to finish. May be called repeatedly. A
 * task that waits here for its own executor dies with `ShutdownFromWorkerError`.
 *
 * @since 0.1.0
 * @category operations
 */
export const shutdown = <Broken, Full>(
  self: ThreadPoolExecutor<Broken, Full>,
  options?: { readonly wait?: boolean | undefined; readonly cancelFutures?: boolean | undefined }
): Effect.Effect<void> =>
  Effect.suspend(() => {
    const executor = impl(self)
    const closing = executor.shutdown(options?.cancelFutures === true)
    return options?.wait === false ? closing : Effect.andThen(closing, executor.whenOver)
  })
