/** What the tests of pools share. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Scope } from "effect"
import type { Context } from "effect"
import { Task, WorkerPool } from "effect-threading"
import type { ThreadGroup } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pageLayer } from "../support/pageLayer.ts"
import { linesOf, open, until } from "./fixtures/log.ts"

export const tasks = Task.module<typeof import("./fixtures/tasks.ts")>(new URL("./fixtures/tasks.ts", import.meta.url))

/** What runs tasks, and what can be expected of it. */
export interface Engine {
  readonly name: "inline" | "threads" | "processes" | "Web Workers" | "Web Workers that share no memory"
  /** A task that computes cannot see its cancellation: no message reaches it, and there is nothing else to look at. */
  readonly isDeafWhileBusy?: boolean
  readonly layer: <S = never>(options?: WorkerPool.Options<S>) => Layer.Layer<WorkerPool.WorkerPool<S>>
}

export const inline: Engine = { name: "inline", layer: WorkerPool.layerInline }
export const threads: Engine = { name: "threads", layer: NodeWorkerPool.layer }
export const processes: Engine = { name: "processes", layer: NodeWorkerPool.layerProcess }
export const webWorkers: Engine = { name: "Web Workers", layer: pageLayer(true) }
export const apartWebWorkers: Engine = {
  name: "Web Workers that share no memory",
  isDeafWhileBusy: true,
  layer: pageLayer(false)
}

export const engines = { inline, threads, processes }

/** The options of the pool of one worker that is shared as well. */
export const single: WorkerPool.Options<never> = { size: 1 }

export interface Case {
  /** A sentence about behaviour. */
  readonly title: string
  /** Of a pool of its own, unless they are `single`; without, it is one of two workers, and shared. */
  readonly options?: WorkerPool.Options<never>
  readonly body: Effect.Effect<void, unknown, WorkerPool.WorkerPool | Scope.Scope | ThreadGroup.ThreadGroup>
}

/** What the tasks of one test tell, and what they wait for. */
export interface Folder {
  readonly path: string
  /** All that was told so far. */
  readonly lines: Effect.Effect<ReadonlyArray<string>>
  /** Waits until this was told. */
  readonly told: (line: string) => Effect.Effect<unknown>
  readonly open: (gate: string) => Effect.Effect<void>
}

export const folder: Effect.Effect<Folder, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "pool-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true }))
  ),
  (path) => {
    const lines = Effect.sync(() => linesOf(path))
    return {
      path,
      lines,
      told: (line) => until(lines, (all) => all.includes(line)),
      open: (gate) => Effect.sync(() => open(path, gate))
    }
  }
)

/** Waits until the pool's numbers are so. */
export const untilStats = (isSo: (stats: WorkerPool.Stats) => boolean) => until(WorkerPool.stats, isSo)

/** Why the call has no result. */
export const reasonOf = <A, R>(
  call: Effect.Effect<A, WorkerPool.TaskError, R>
): Effect.Effect<WorkerPool.TaskError["reason"], A, R> => Effect.map(Effect.flip(call), ({ reason }) => reason)

/** The reason for which the call that ended so has no result. */
export const reasonIn = (exit: Exit.Exit<unknown, unknown>): WorkerPool.TaskError["reason"] => {
  assert(Exit.isFailure(exit), "it did not fail")
  const error = Cause.squash(exit.cause)
  assert.instanceOf(error, WorkerPool.TaskError)
  return error.reason
}

/** A pool that is closed when the test says so. */
export const closable = <S>(layer: Layer.Layer<WorkerPool.WorkerPool<S>>) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const context: Context.Context<WorkerPool.WorkerPool<S>> = yield* Layer.buildWithScope(layer, scope)
    return { context, close: Scope.close(scope, Exit.void) }
  })
