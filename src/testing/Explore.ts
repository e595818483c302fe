/**
 * Runs a concurrent program under many interleavings, deterministically: which fiber goes on, and before which operation it is
 * preempted, is decided by a strategy and a seed; time is virtual. A program that fails under one of them, is stuck, never ends,
 * or leaves threads or locks behind is reported with the shortest schedule that shows it, as a table, and with what replays it.
 *
 * It is for programs of fibers of one OS thread, whether they use this library or Effect's own `Ref`, `Queue`, `Deferred` and
 * `Semaphore`. Everything that the program depends on is made inside of it, anew for each run; a promise or real I/O cannot be
 * decided about. A fiber may be preempted at every operation but the first after it was resumed, and what it does within one
 * operation, such as a whole `Effect.sync`, is never divided.
 *
 * @since 0.2.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { withoutStack } from "../internal/site.ts"
import * as ThreadGroup from "../ThreadGroup.ts"
import { explore, follow } from "./internal/exploration.ts"
import type { Found, Tally } from "./internal/exploration.ts"
import { CurrentWorld, subjectOf } from "./internal/run.ts"
import type { Subject } from "./internal/run.ts"
import { parse } from "./internal/schedule.ts"

/**
 * How an exploration is made.
 *
 * - `schedules`: how many are tried at most (default 1,000; 100,000 if exhaustive).
 * - `strategy`: `"random"` (default); `"pct"`, random priorities, better at faults that need a few decisions at far places;
 *   `"exhaustive"`, every schedule with at most `preemptions` preemptions, for small programs.
 * - `seed`: the seed of the first schedule (default 1); the n-th has `seed + n - 1`.
 * - `preemptions`: the bound of an exhaustive exploration (default 2).
 * - `depth`: how many ordering decisions PCT aims at (default 3).
 * - `time`: `"idle"` (default) passes only when nobody can go on; `"any"` at any moment, as if all threads were slow.
 * - `interrupts`: how likely it is, before each step, that an `exposed` fiber is interrupted (default 0: never).
 * - `operations`: how many operations a run may take before it counts as a livelock (default 200,000).
 * - `leaks`: whether threads, locks and fibers that are left behind are a fault (`"fail"`, default) or not (`"ignore"`).
 * - `unobserved`: whether a thread or future that failed, and whose result nobody asked for, is a fault, likewise.
 * - `shrinks`: how many runs may be spent on finding a shorter schedule (default 1,000).
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  readonly schedules?: number | undefined
  readonly strategy?: "random" | "pct" | "exhaustive" | undefined
  readonly seed?: number | undefined
  readonly preemptions?: number | undefined
  readonly depth?: number | undefined
  readonly time?: "idle" | "any" | undefined
  readonly interrupts?: number | undefined
  readonly operations?: number | undefined
  readonly leaks?: "fail" | "ignore" | undefined
  readonly unobserved?: "fail" | "ignore" | undefined
  readonly shrinks?: number | undefined
}

/**
 * What an exploration that found nothing did: how many schedules it ran, with how many operations and interruptions in all, and
 * whether those are all that there are within the bound (`isComplete`, of an exhaustive one).
 *
 * @since 0.2.0
 * @category models
 */
export interface Report {
  readonly strategy: "random" | "pct" | "exhaustive" | "replay"
  readonly schedules: number
  readonly operations: number
  readonly interrupts: number
  readonly isComplete: boolean
}

/**
 * A schedule under which the program is wrong.
 *
 * - `kind`: it failed (`failure`), nothing could go on (`deadlock`), it did not end (`livelock`), it left a thread, a held lock or
 *   a fiber behind (`leak`), or a thread or future failed and nobody asked for its result (`unobserved`).
 * - `seed` and `strategy`: what found it; `schedules`: how many were run, with it; `schedule`: the shortest one that was found, for
 *   `Explore.replay`; `table`: what happened in it, a column for each thread and a row for each step.
 *
 * @since 0.2.0
 * @category errors
 */
export class ExploreError extends Schema.TaggedError<ExploreError>("effect-threading/ExploreError")("ExploreError", {
  kind: Schema.Literals(["failure", "deadlock", "livelock", "leak", "unobserved"]),
  summary: Schema.String,
  strategy: Schema.String,
  seed: Schema.Number,
  schedules: Schema.Number,
  schedule: Schema.String,
  table: Schema.String,
  cause: Schema.optional(Schema.Defect())
}) {
  override get message(): string {
    const seed = this.strategy === "exhaustive" || this.strategy === "replay" ? "" : `, seed ${this.seed}`
    return [
      `${this.kind} in schedule ${this.schedules} (${this.strategy}${seed})`,
      this.summary,
      `The shortest schedule found:\n\n${this.table}`,
      `Replay it: Explore.replay(program, "${this.schedule}")${
        seed === "" ? "" : `; or all of what was found first: EXPLORE_SEED=${this.seed}`
      }`
    ].join("\n\n")
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `${this._tag}: ${this.message}`
  }
}

/**
 * The defect of an option that no exploration can have, and of a text that is no schedule.
 *
 * @since 0.2.0
 * @category errors
 */
export class InvalidExplorationError extends Schema.TaggedError<InvalidExplorationError>(
  "effect-threading/InvalidExplorationError"
)("InvalidExplorationError", { option: Schema.String, value: Schema.Unknown, advice: Schema.String }) {
  override get message(): string {
    return `Explore: ${this.option} is ${JSON.stringify(this.value)}. ${this.advice}`
  }
}

type Without<R> = Exclude<R, ThreadGroup.ThreadGroup | Scope.Scope>

const isDataFirst = (args: IArguments): boolean => Effect.isEffect(args[0])

/**
 * Runs the effect under many schedules, each time as the main thread of a region of its own and in a scope of its own. Fails
 * with the first schedule under which it is wrong. With `EXPLORE_SEED` in the configuration (by default the environment), only
 * the schedule of that seed is run, unless the exploration is exhaustive.
 *
 * What it logs while it is explored is not printed; it stands in the table of the schedule that is reported. A deadlock of
 * locks fails the thread that closes the cycle (`Deadlock.Policy` is `"fail"`), unless the effect is given another policy.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Thread } from "effect-threading"
 * import { Explore } from "effect-threading/testing"
 *
 * const counter = Effect.gen(function*() {
 *   let count = 0
 *   const increment = Effect.gen(function*() {
 *     const seen = yield* Effect.sync(() => count)
 *     yield* Effect.sync(() => count = seen + 1)
 *   })
 *   const threads = [yield* Thread.fork(increment), yield* Thread.fork(increment)]
 *   for (const thread of threads) yield* Thread.join(thread)
 *   if (count !== 2) return yield* Effect.fail(`an update was lost: ${count}`)
 * })
 *
 * const program = Effect.gen(function*() {
 *   const error = yield* Effect.flip(Explore.check(counter))
 *   return [error.kind, error.cause] // ["failure", "an update was lost: 1"]
 * })
 * ```
 *
 * @since 0.2.0
 * @category exploring
 */
export const check: <Arg extends Effect.Effect<unknown, unknown, unknown> | Options | undefined = Options>(
  effectOrOptions?: Arg,
  options?: Options
) => [Arg] extends [Effect.Effect<infer _A, infer _E, infer R>] ? Effect.Effect<Report, ExploreError, Without<R>>
  : <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<Report, ExploreError, Without<R>> = dual(
    isDataFirst,
    (effect: Effect.Effect<unknown, unknown, unknown>, options: Options = {}) =>
      Effect.flatMap(onlySeed, (only) => {
        const isAlone = Option.isSome(only) && options.strategy !== "exhaustive"
        const settled = settle(isAlone ? { ...options, seed: only.value, schedules: 1 } : options)
        return Effect.flatMap(subject(effect, settled), (subject) => told(explore(subject, settled), settled.strategy))
      })
  )

const onlySeed = Effect.catch(
  Effect.gen(function*() {
    return yield* Config.option(Config.Int("EXPLORE_SEED"))
  }),
  ({ message }) =>
    Effect.die(new InvalidExplorationError({ option: "EXPLORE_SEED", value: message, advice: wholeFrom(0) }))
)

const wholeFrom = (least: number) => `Use a whole number from ${least}.`

type Settled = { readonly [Key in keyof Options]-?: NonNullable<Options[Key]> }

const leasts = { schedules: 1, seed: 0, preemptions: 0, depth: 1, operations: 1, shrinks: 0 }

const settle = (options: Options): Settled => {
  const strategy = options.strategy ?? "random"
  const settled: Settled = {
    strategy,
    schedules: options.schedules ?? (strategy === "exhaustive" ? 100_000 : 1_000),
    seed: options.seed ?? 1,
    preemptions: options.preemptions ?? 2,
    depth: options.depth ?? 3,
    time: options.time ?? "idle",
    interrupts: options.interrupts ?? 0,
    operations: options.operations ?? 200_000,
    leaks: options.leaks ?? "fail",
    unobserved: options.unobserved ?? "fail",
    shrinks: options.shrinks ?? 1_000
  }
  for (const [option, least] of Object.entries(leasts) as ReadonlyArray<[keyof typeof leasts, number]>) {
    const value = settled[option]
    if (Number.isSafeInteger(value) && value >= least) continue
    throw new InvalidExplorationError({ option, value, advice: wholeFrom(least) })
  }
  if (!(settled.interrupts >= 0 && settled.interrupts <= 1)) {
    throw new InvalidExplorationError({
      option: "interrupts",
      value: settled.interrupts,
      advice: "Use a probability from 0 to 1."
    })
  }
  return settled
}

// The program is a region of its own; nothing of the thread that asks for the exploration gets into it.
const subject = (
  effect: Effect.Effect<unknown, unknown, unknown>,
  { interrupts, leaks, operations, time, unobserved }: Settled
): Effect.Effect<Subject> =>
  Effect.map(Effect.context<never>(), (services) =>
    subjectOf(
      ThreadGroup.supervise(Effect.scoped(effect)) as Effect.Effect<unknown, unknown>,
      services,
      { operations, anyTime: time === "any", interrupts: interrupts > 0 },
      { leaks: leaks === "ignore", unobserved: unobserved === "ignore" }
    ))

const told = (
  exploration: Effect.Effect<Tally, Found>,
  strategy: Report["strategy"]
): Effect.Effect<Report, ExploreError> =>
  Effect.mapBoth(exploration, {
    onSuccess: (tally) => ({ strategy, ...tally }),
    onFailure: (found) => withoutStack(() => new ExploreError({ strategy, ...found }))
  })

/**
 * Runs the effect once, under the schedule of an `ExploreError`, or under the schedule of a seed (then with the options that
 * `check` had). Fails as `check` did, as long as the program is still wrong in that way.
 *
 * ```ts
 * import { Effect, Ref } from "effect"
 * import { Explore } from "effect-threading/testing"
 *
 * const lostUpdate = Effect.gen(function*() {
 *   const count = yield* Ref.make(0)
 *   const increment = Effect.flatMap(Ref.get(count), (seen) => Ref.set(count, seen + 1))
 *   yield* Effect.all([increment, increment], { concurrency: "unbounded" })
 *   if ((yield* Ref.get(count)) !== 2) return yield* Effect.fail("an update was lost")
 * })
 *
 * const program = Effect.gen(function*() {
 *   const found = yield* Effect.flip(Explore.check(lostUpdate))
 *   const again = yield* Effect.flip(Explore.replay(lostUpdate, found.schedule))
 *   return again.cause // "an update was lost"
 * })
 * ```
 *
 * @since 0.2.0
 * @category exploring
 */
export const replay = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  schedule: string | number,
  options: Options = {}
): Effect.Effect<Report, ExploreError, Without<R>> =>
  Effect.suspend(() => {
    const settled = settle({ ...options, ...(typeof schedule === "number" ? { seed: schedule } : {}), schedules: 1 })
    const parsed = typeof schedule === "number" ? undefined : parse(schedule)
    if (parsed === undefined && typeof schedule === "string") {
      throw new InvalidExplorationError({
        option: "schedule",
        value: schedule,
        advice: "Use the schedule of an ExploreError, or a seed."
      })
    }
    return Effect.flatMap(subject(effect, settled), (subject) =>
      parsed === undefined
        ? told(explore(subject, settled), settled.strategy)
        : told(follow(subject, parsed), "replay"))
  })

/**
 * Lets the explorer interrupt the fiber that runs this effect, once, at a moment of its choice, if `interrupts` is set. Outside
 * of an exploration it is just the effect.
 *
 * @since 0.2.0
 * @category exploring
 */
export const exposed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    fiber.getRef(CurrentWorld)?.expose(fiber)
    return effect
  })
