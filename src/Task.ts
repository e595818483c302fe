/**
 * Work for other OS threads. A module's exports are the tasks: `Task.module` makes of each function an Effect, or a Stream, that
 * runs it in a worker of the program's pool. Nothing is registered, no entry file is written, and the types are those of the module.
 *
 * @since 0.3.0
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { checkpoint as check } from "./internal/pool/checkpoint.ts"
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
 * @category type-level
 */
export type Needs<R> = R extends WorkerPool<infer S> ? S : Exclude<R, Scope.Scope | ThreadGroup>

type Each<S> = S extends unknown ? WorkerPool<S> : never

type Pool<R> = [Needs<R>] extends [never] ? WorkerPool : Each<Needs<R>>

type IsAny<T> = 0 extends 1 & T ? true : false

/* eslint-disable typescript/no-explicit-any -- in constraints and conditions alone `any` stands for every type */

/**
 * A function as its caller in another OS thread sees it: one that returns an Effect or a Stream keeps what it gives and how it
 * fails, and may fail with `TaskError` besides; of any other the value, awaited, is the result, and what it throws a defect. Of
 * overloads it is the last. Classes, generators and what is no function are `never`.
 *
 * @since 0.3.0
 * @category type-level
 */
export type Remote<F> = F extends abstract new(...args: any) => any ? never
  : F extends (...args: infer Args) => infer Ret
    ? IsAny<Ret> extends true ? (...args: Args) => Effect.Effect<any, TaskError, WorkerPool>
    : [Ret] extends [never] ? (...args: Args) => Effect.Effect<never, TaskError, WorkerPool>
    : [Ret] extends [Stream.Stream<any, any, any>] ? (
        ...args: Args
      ) => Stream.Stream<Stream.Success<Ret>, Stream.Error<Ret> | TaskError, Pool<Stream.Services<Ret>>>
    : [Ret] extends [Effect.Effect<any, any, any>] ? (
        ...args: Args
      ) => Effect.Effect<Effect.Success<Ret>, Effect.Error<Ret> | TaskError, Pool<Effect.Services<Ret>>>
    : [Ret] extends [Generator<any, any, any>] ? never
    : [Ret] extends [AsyncIterable<infer A>] ? (...args: Args) => Stream.Stream<A, TaskError, WorkerPool>
    : (...args: Args) => Effect.Effect<Awaited<Ret>, TaskError, WorkerPool>
  : never

/**
 * The names of those exports of a module that are tasks: its functions, but for classes and generators.
 *
 * @since 0.3.0
 * @category type-level
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
 * - `references`: those of the caller's `Context.Reference`s that tasks are to see.
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
 * Arguments and results are copied, Effect's data types and errors too. What fails in the worker fails here, with the same cause.
 * An interruption cancels the task, and waits until it has ended: a task that is queued never starts, an Effect is interrupted,
 * code that computes learns of it at `Task.checkpoint`, and whatever does not end within the pool's grace period is ended with its
 * worker.
 *
 * ```ts skip-run
 * import { Effect } from "effect"
 * import { Task } from "effect-threading"
 * import { NodeWorkerPool } from "effect-threading/node"
 *
 * const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))
 *
 * const program = Effect.all([tasks.fib(30), tasks.fib(31)], { concurrency: "unbounded" })
 *
 * program.pipe(Effect.provide(NodeWorkerPool.layer()), Effect.runPromise)
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
 * import { Task } from "effect-threading"
 *
 * const pixels = Task.transfer(new Uint8Array(1024))
 * ```
 *
 * @since 0.3.0
 * @category utilities
 */
export const transfer = <A>(value: A, transferables?: ReadonlyArray<object>): A => markTransfer(value, transferables)

/**
 * Ends the task that calls it, if its caller does not want it any more: to be called now and then by code that computes for
 * long, which hears no message. It throws what nobody should catch, and runs `finally` blocks and finalizers on its way. Outside
 * of a task it does nothing.
 *
 * ```ts
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
 * @since 0.3.0
 * @category utilities
 */
export const checkpoint: () => void = check
