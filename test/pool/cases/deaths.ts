/** Every way to die: what is called, and what its caller learns. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Stream } from "effect"
import type { Scope } from "effect"
import { Task, WorkerPool } from "effect-threading"
import { until } from "../fixtures/log.ts"
import { folder, tasks } from "../support.ts"
import type { Engine } from "../support.ts"

export const deaths = Task.module<typeof import("../fixtures/deaths.ts")>(
  new URL("../fixtures/deaths.ts", import.meta.url)
)

const broken = Task.module<typeof import("../fixtures/broken.ts")>(new URL("../fixtures/broken.ts", import.meta.url))

const nowhere = Task.module<typeof import("../fixtures/broken.ts")>(new URL("../fixtures/nowhere.ts", import.meta.url))

export interface Death {
  readonly title: string
  readonly call: Effect.Effect<unknown, unknown, WorkerPool.WorkerPool | Scope.Scope>
  /** What the one caller gets, in a word or two. */
  readonly end: string
  /** How many workers die of it. */
  readonly crashes: number
}

const late = Effect.gen(function*() {
  const { path, told } = yield* folder
  return yield* Effect.raceFirst(tasks.spins(path), Effect.as(told("spins"), "late"))
})

const killed = Effect.gen(function*() {
  const { lines, path } = yield* folder
  const kill = Effect.andThen(
    until(lines, (all) => all.length === 1),
    Effect.flatMap(lines, ([pid]) => Effect.sync(() => process.kill(Number(pid), "SIGKILL")))
  )
  const [end] = yield* Effect.all([deaths.isKilled(path), kill], { concurrency: "unbounded" })
  return end
})

const onNode: ReadonlyArray<Death> = [
  { title: "process.exit(0)", call: deaths.exits(0), end: "Exited 0", crashes: 1 },
  { title: "process.exit(1)", call: deaths.exits(1), end: "Exited 1", crashes: 1 },
  { title: "process.exit after a while", call: deaths.exitsLater(7), end: "Exited 7", crashes: 1 },
  { title: "an exhausted heap", call: deaths.exhausts(), end: "OutOfMemory", crashes: 1 }
]

// Browsers tell no exit code, and set no bounds to the heap of a worker alone.
const inBrowsers: ReadonlyArray<Death> = [{ title: "close()", call: deaths.closes(), end: "Exited 0", crashes: 1 }]

const anywhere: ReadonlyArray<Death> = [
  { title: "an uncaught exception", call: deaths.throwsOutside(), end: "Exited 1 RangeError: outside", crashes: 1 },
  { title: "an unhandled rejection", call: deaths.rejectsUnheard(), end: "Exited 1 RangeError: unheard", crashes: 1 },
  {
    title: "a stack that overflows",
    call: deaths.overflows(),
    end: "RangeError: Maximum call stack size exceeded",
    crashes: 0
  },
  {
    title: "a module that throws at import",
    call: broken.never(),
    end: "SpawnFailed Error: this module is broken",
    crashes: 0
  },
  { title: "a module that does not exist", call: nowhere.never(), end: "SpawnFailed", crashes: 0 },
  { title: "a loop past its deadline", call: late, end: "late", crashes: 0 }
]

const ofProcesses: ReadonlyArray<Death> = [
  { title: "a signal that it sends itself", call: deaths.kills(), end: "Exited 137 SIGKILL", crashes: 1 },
  { title: "a signal from outside", call: killed, end: "Exited 137 SIGKILL", crashes: 1 },
  { title: "abort()", call: deaths.aborts(), end: "Exited 134 SIGABRT", crashes: 1 }
]

export const waysToDie = ({ name }: Engine): ReadonlyArray<Death> =>
  name === "processes"
    ? [...onNode, ...anywhere, ...ofProcesses]
    : name === "threads"
    ? [...onNode, ...anywhere]
    : [...inBrowsers, ...anywhere]

/** A pool that all of them can happen to. */
export const mortal: WorkerPool.Options<never> & {
  readonly resourceLimits: { readonly maxOldGenerationSizeMb: number }
} = {
  size: 2,
  gracePeriod: 50,
  resourceLimits: { maxOldGenerationSizeMb: 64 }
}

/** How the call ends, in a word or two. */
export const endOf = <R>(call: Effect.Effect<unknown, unknown, R>): Effect.Effect<string, never, R> =>
  Effect.map(Effect.exit(call), (exit) => {
    if (Exit.isSuccess(exit)) return String(exit.value)
    const error = Cause.squash(exit.cause)
    if (!(error instanceof WorkerPool.TaskError)) return String(error)
    const { reason } = error
    const parts = reason._tag === "Exited"
      ? [reason._tag, reason.exitCode, reason.signal, reason.cause]
      : reason._tag === "SpawnFailed"
      ? [reason._tag, reason.cause]
      : [reason._tag]
    return parts.filter((part) => part !== undefined).join(" ")
  })

const count = 240

const squares = Array.from({ length: count }, (_, n) => n * n)

const other = (n: number): Effect.Effect<number, unknown, WorkerPool.WorkerPool> =>
  n % 40 === 0
    ? Stream.runFold(tasks.numbers(n), () => n * n, (sum) => sum)
    : n % 3 === 0
    ? deaths.square(n)
    : n % 3 === 1
    ? deaths.squareLater(n)
    : deaths.squareEffect(n)

/** Lets it happen among others. The answer is how it ended, once all is as before: each other right, the pool whole. */
export const happen = ({ call }: Death) =>
  Effect.gen(function*() {
    const half = count / 2
    const results = yield* Effect.all([
      Effect.forEach(squares.slice(0, half), (_, n) => other(n), { concurrency: "unbounded" }),
      endOf(call),
      Effect.forEach(squares.slice(half), (_, n) => other(half + n), { concurrency: "unbounded" })
    ], { concurrency: "unbounded" })
    assert.deepStrictEqual([...results[0], ...results[2]], squares)
    // As many as before can be at work at once.
    const { path } = yield* folder
    const { size } = yield* WorkerPool.stats
    yield* Effect.all(Array.from({ length: size }, () => tasks.meet(path, size)), { concurrency: "unbounded" })
    const { busy, queued, running } = yield* WorkerPool.stats
    assert.deepStrictEqual({ busy, queued, running }, { busy: 0, queued: 0, running: 0 })
    return results[1]
  })
