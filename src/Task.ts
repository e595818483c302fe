/**
 * Work for other OS threads. A module's exports are the tasks: `Task.module` makes of each function an Effect, or a Stream, that
 * runs it in a worker of the program's pool. Nothing is registered, no entry file is written, and the types are those of the module.
 *
 * - What crosses is copied: plain data, Effect's data types and errors, at any depth; `SharedArrayBuffer`s are shared. Errors keep
 *   tag, fields, message, cause and stack, so `Effect.catchTag` works; the classes that `Options` lists keep their prototype too.
 *   Functions, and instances of other classes, fail with reason `Unserializable`, which tells where they are.
 * - Failures, defects and interruption of a task are those of its call. What a plain or async function throws is a defect.
 *   `TaskError` tells of what is not the task's own doing.
 * - A call that is interrupted cancels its task, and waits until it has ended. A task that is queued never starts. One that runs
 *   is interrupted, if it is an Effect or a Stream; other code, async functions too, learns of it at `Task.checkpoint`. What has not
 *   ended after the pool's grace period ends with its worker, which is replaced. Until then the worker is not free, and whoever
 *   has set a time-out waits that much longer.
 * - A worker makes a stream as fast as it is pulled, and is taken for as long.
 * - Each worker imports the module, so it imports best no more than it needs (`effect/Effect`, not `effect`). Its state exists once
 *   in each worker, and is gone with it.
 * - Tasks may call tasks. Those run in the same pool, go first, and find a worker even if all are taken by tasks that wait for such
 *   calls. A function that calls tasks of its own module has to say what it returns, since TypeScript cannot infer it in a circle.
 * - Thread name, log level, annotations, span and the references that `Options` lists follow the call; logs, spans and metrics come
 *   back. Services do not follow: workers have their own, see `WorkerPool.services`.
 *
 * @since 0.3.0
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { checkpoint as check } from "./internal/checkpoint.ts"
import { makeCall } from "./internal/pool/remoteCall.ts"
import type { TaskError } from "./internal/pool/taskError.ts"
import { taskModule } from "./internal/pool/taskModule.ts"
import type { ModuleUrl } from "./internal/pool/taskModule.ts"
import { markTransfer } from "./internal/pool/transfer.ts"
import type { WorkerPool } from "./internal/pool/workerPool.ts"
import type { ThreadGroup } from "./internal/region.ts"

/**
 * What a task needs from its worker: its R less what every worker gives, a Scope, a region of threads and a pool for tasks of its
 * own, whose needs it passes on.
 *
 * @since 0.3.0
 * @category models
 */
export type Needs<R> = R extends WorkerPool<infer S> ? S : Exclude<R, Scope.Scope | ThreadGroup>

type Each<S> = S extends unknown ? WorkerPool<S> : never

type Pool<R> = [Needs<R>] extends [never] ? WorkerPool : Each<Needs<R>>

type IsAny<T> = 0 extends 1 & T ? true : false

/* eslint-disable typescript/no-explicit-any -- in constraints and conditions alone `any` stands for every type */

type AnyEffect = Effect.Effect<any, any, any>

/**
 * A function as its caller in another OS thread sees it: one that returns an Effect or a Stream keeps what it gives and how it
 * fails, and may fail with `TaskError` besides; of any other the value, awaited, is the result, and what it throws a defect. Of
 * overloads it is the last. Classes, generators and what is no function are `never`.
 *
 * @since 0.3.0
 * @category models
 */
export type Remote<F> = F extends abstract new(...args: any) => any ? never
  : F extends (...args: infer Args extends ReadonlyArray<any>) => infer Ret
    ? IsAny<Ret> extends true ? (...args: Args) => Effect.Effect<any, TaskError, WorkerPool>
    : [Ret] extends [never] ? (...args: Args) => Effect.Effect<never, TaskError, WorkerPool>
    : [Ret] extends [Generator<any, any, any>] ? never
    : [Ret] extends [Stream.Stream<any, any, any>] ? (
        ...args: Args
      ) => Stream.Stream<Stream.Success<Ret>, Stream.Error<Ret> | TaskError, Pool<Stream.Services<Ret>>>
    : [Ret] extends [AsyncIterable<infer A>] ? (...args: Args) => Stream.Stream<A, TaskError, WorkerPool>
      // Effects, values, or now the one, now the other; written out, since editors show aliases of unions.
    : (
      ...args: Args
    ) => Effect.Effect<
      Effect.Success<Extract<Ret, AnyEffect>> | Awaited<Exclude<Ret, AnyEffect>>,
      Effect.Error<Extract<Ret, AnyEffect>> | TaskError,
      Pool<Effect.Services<Extract<Ret, AnyEffect>>>
    >
  : never

/**
 * The names of those exports of a module that are tasks: its functions, but for classes and generators.
 *
 * @since 0.3.0
 * @category models
 */
export type Key<M> = { [K in keyof M]: [Remote<M[K]>] extends [never] ? never : K }[keyof M]

type RemoteOf<M, K extends keyof M> = { readonly [P in K]: Remote<M[P]> }

/**
 * The tasks of a module.
 *
 * @since 0.3.0
 * @category models
 */
export type Module<M> = RemoteOf<M, Key<M>>

/**
 * What a module's tasks need to be told.
 *
 * - `classes`: those whose instances come back as instances, errors' too, wherever they are in arguments, results or causes. Their
 *   names must differ, and the module must export them. Fields cross, private ones (`#field`) do not.
 * - `references`: those of the caller's `Context.Reference`s that tasks are to see. Their values cross as arguments do.
 *
 * @since 0.3.0
 * @category models
 */
export interface Options {
  readonly classes?: ReadonlyArray<abstract new(...args: any) => object> | undefined
  readonly references?: ReadonlyArray<Context.Reference<any>> | undefined
}

/* eslint-enable typescript/no-explicit-any */

/**
 * Makes of each function that a module exports an Effect, or a Stream, that runs it in a worker of the program's pool. The URL
 * is that of the module which the type names; a worker imports it when it first needs it.
 *
 * An interruption cancels the task, and waits until it has ended, or until the pool's grace period has passed and its worker has
 * been terminated.
 *
 * At run time nobody knows what a function will return. So a call is both an Effect and a Stream, the type tells which one to use,
 * and the other one dies.
 *
 * ```ts
 * // tasks.ts
 * import { Data, Effect } from "effect"
 * import { Task } from "effect-threading"
 *
 * export class NegativeError extends Data.TaggedError("NegativeError")<{ readonly n: number }> {}
 *
 * export const fib = (n: number): number => n < 2 ? n : fib(n - 1) + fib(n - 2)
 *
 * export const root = (n: number): Effect.Effect<number, NegativeError> =>
 *   n < 0 ? Effect.fail(new NegativeError({ n })) : Effect.succeed(Math.sqrt(n))
 *
 * export const sort = (bytes: Uint8Array): Uint8Array => Task.transfer(bytes.sort())
 * ```
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Task } from "effect-threading"
 * import { NodeWorkerPool } from "effect-threading/node"
 *
 * const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))
 *
 * const program = Effect.gen(function*() {
 *   const numbers = yield* Effect.all([tasks.fib(20), tasks.fib(21)], { concurrency: "unbounded" })
 *   const root = yield* tasks.root(-4).pipe(Effect.catchTag("NegativeError", ({ n }) => Effect.succeed(-n)))
 *   return [...numbers, root] // [6765, 10946, 4]
 * }).pipe(Effect.provide(NodeWorkerPool.layer()))
 * ```
 *
 * @since 0.3.0
 * @category constructors
 */
export const module = <M>(url: ModuleUrl, options?: Options): Module<M> => {
  const tasks = taskModule(
    url,
    options?.classes ?? [],
    options?.references ?? []
  )
  const made = new Map<string | symbol, unknown>()
  return new Proxy({}, {
    get(_, name) {
      // Not a promise, whoever asks.
      if (typeof name === "symbol" || name === "then") return undefined
      const known = made.get(name)
      if (known !== undefined) return known
      const exported = tasks.export(name)
      const task = (...args: ReadonlyArray<unknown>) => makeCall(exported, args)
      made.set(name, task)
      return task
    }
  }) as Module<M>
}

/**
 * Marks a value so that its memory moves to the other OS thread instead of being copied: an argument on its way to a task, or what
 * a task returns or emits. Without a list, all buffers and ports move that are found in its objects, arrays and views. They are of no
 * use here afterwards.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Task, WorkerPool } from "effect-threading"
 *
 * const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))
 *
 * const program = Effect.gen(function*() {
 *   const bytes = new Uint8Array([3, 1, 2])
 *   const sorted = yield* tasks.sort(Task.transfer(bytes))
 *   return [bytes.length, sorted.join()] // [0, "1,2,3"]
 * }).pipe(Effect.provide(WorkerPool.layerInline()))
 * ```
 *
 * @since 0.3.0
 * @category operations
 */
export const transfer = <A>(value: A, transferables?: ReadonlyArray<object>): A => markTransfer(value, transferables)

/**
 * Ends the task that calls it, if its caller does not want it any more: to be called now and then by code that computes for
 * long, which hears no message. It throws what nobody should catch, and runs `finally` blocks and finalizers on its way. Outside
 * of a task it does nothing.
 *
 * ```ts
 * // primes.ts
 * import { Task } from "effect-threading"
 *
 * export const countPrimes = (limit: number): number => {
 *   let count = 0
 *   for (let n = 2; n < limit; n++) {
 *     if (n % 1024 === 0) Task.checkpoint()
 *     let isPrime = true
 *     for (let d = 2; isPrime && d * d <= n; d++) isPrime = n % d !== 0
 *     if (isPrime) count++
 *   }
 *   return count
 * }
 * ```
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Task } from "effect-threading"
 * import { NodeWorkerPool } from "effect-threading/node"
 *
 * const primes = Task.module<typeof import("./primes.ts")>(new URL("./primes.ts", import.meta.url))
 *
 * const program = Effect.gen(function*() {
 *   const all = yield* primes.countPrimes(Infinity).pipe(Effect.timeoutOption("50 millis"))
 *   return [yield* primes.countPrimes(100), all] // [25, Option.none()]
 * }).pipe(Effect.provide(NodeWorkerPool.layer()))
 * ```
 *
 * @since 0.3.0
 * @category operations
 */
export const checkpoint: () => void = check
