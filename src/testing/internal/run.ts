/** Runs a program once, in a world of its own, and says what is wrong with how it went. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import { setNow } from "../../internal/coarseClock.ts"
import { DeadlockError, Policy } from "../../internal/deadlockError.ts"
import { CurrentTask } from "../../internal/futureState.ts"
import { Holds } from "../../internal/hold.ts"
import { Names } from "../../internal/names.ts"
import { observe } from "../../internal/observer.ts"
import { enumerate } from "../../internal/region.ts"
import { CurrentThread } from "../../internal/threadRecord.ts"
import { makeRandom } from "./random.ts"
import type { Schedule } from "./schedule.ts"
import { NondeterminismError } from "./strategies.ts"
import { Trace } from "./trace.ts"
import { Watch } from "./watch.ts"
import { World } from "./world.ts"
import type { Limits, Strategy } from "./world.ts"

export type Kind = "failure" | "deadlock" | "livelock" | "leak" | "unobserved"

/** What is wrong with a run. */
export interface Finding {
  readonly kind: Kind
  readonly summary: string
  readonly cause: unknown
}

/** What every run of an exploration has in common. */
export interface Subject {
  readonly program: Effect.Effect<unknown, unknown>
  /** The services of where the exploration was asked for. */
  readonly services: Context.Context<never>
  readonly limits: Limits
  readonly forgives: { readonly leaks: boolean; readonly unobserved: boolean }
}

/** Nothing of the thread that asks for the exploration gets into the program. */
export const subjectOf = (
  program: Effect.Effect<unknown, unknown>,
  services: Context.Context<never>,
  limits: Limits,
  forgives: Subject["forgives"]
): Subject => {
  const own = new Map(services.mapUnsafe)
  for (const { key } of [CurrentThread, Holds, CurrentTask]) own.delete(key)
  return { program, services: Context.makeUnsafe(own), limits, forgives }
}

/** The run that the current fiber belongs to. */
export const CurrentWorld: Context.Reference<World | undefined> = Context.Reference("effect-threading/testing/World", {
  defaultValue: (): World | undefined => undefined
})

const silent: ReadonlySet<Logger.Logger<unknown, void>> = new Set()

export class Run {
  readonly world: World
  readonly trace: Trace | undefined
  private readonly seed: number
  private readonly subject: Subject
  private readonly watch = new Watch()
  private readonly names = new Names()
  private fiber: Fiber.Fiber<unknown, unknown> | undefined

  constructor(subject: Subject, strategy: Strategy, seed: number, isTraced: boolean) {
    this.subject = subject
    this.seed = seed
    this.trace = isTraced ? new Trace() : undefined
    this.world = new World(strategy, subject.limits, this.trace)
  }

  get schedule(): Schedule {
    return { seed: this.seed, steps: this.world.steps }
  }

  /** Runs until nothing can go on. */
  go(): void {
    this.observed(() => {
      if (this.fiber === undefined) {
        // Its first step is chosen like any other.
        const program = Effect.flatMap(Effect.yieldNow, () => this.subject.program)
        this.fiber = Effect.runForkWith(this.context())(program)
      }
      try {
        this.world.flush()
      } catch (error) {
        this.end()
        throw error
      }
    })
  }

  /** Goes on hearing what happens while others have their turn: a promise may help it on. */
  waitFor<A>(turn: Effect.Effect<A>): Effect.Effect<A> {
    return Effect.acquireUseRelease(Effect.sync(() => this.listen()), () => turn, (end) => Effect.sync(end))
  }

  /** Whether it came to its end, or never will. If not, a promise or an immediate may still help it on. */
  get isOver(): boolean {
    return this.fiber!.pollUnsafe() !== undefined || this.world.isExhausted
  }

  /** On its time, with names of its own, heard by those who write it down, until the answer is called. */
  private listen(): () => void {
    const { clock } = this.world
    const ends = [setNow(() => clock.currentTimeMillisUnsafe()), this.names.use(), observe(this.watch)]
    if (this.trace !== undefined) ends.push(observe(this.trace.listen(this.world)))
    return () => {
      for (const end of ends) end()
    }
  }

  private observed<A>(body: () => A): A {
    const end = this.listen()
    try {
      return body()
    } finally {
      end()
    }
  }

  private end(): void {
    this.fiber!.interruptUnsafe()
    this.world.windDown()
  }

  private context(): Context.Context<never> {
    const random = makeRandom(this.seed ^ 0x5EED)
    const services = new Map(this.subject.services.mapUnsafe)
    services.set(Scheduler.Scheduler.key, this.world)
    services.set(Scheduler.PreventSchedulerYield.key, false)
    services.set(Clock.Clock.key, this.world.clock)
    services.set(CurrentWorld.key, this.world)
    if (!services.has(Policy.key)) services.set(Policy.key, "fail")
    services.set(Logger.CurrentLoggers.key, this.trace === undefined ? silent : this.trace.loggers(this.world))
    services.set(Random.Random.key, {
      nextDoubleUnsafe: () => random.next(),
      nextIntUnsafe: () => Math.floor((random.next() * 2 - 1) * Number.MAX_SAFE_INTEGER)
    })
    return Context.makeUnsafe(services)
  }

  /** What is wrong, once nothing can go on. Ends what has not ended. */
  conclude(): Finding | undefined {
    return this.observed(() => {
      const finding = this.find()
      const isStuck = this.fiber!.pollUnsafe() === undefined
      this.trace?.close(isStuck ? finding?.kind : undefined)
      if (isStuck) this.end()
      return finding
    })
  }

  private find(): Finding | undefined {
    const { watch, world } = this
    const exit = this.fiber!.pollUnsafe()
    if (exit === undefined) {
      const late = this.lateFailures()
      return world.isExhausted
        ? livelock(world.operations)
        : { kind: "deadlock", summary: [stuck(), ...late.lines].join("\n"), cause: late.cause }
    }
    if (Exit.isFailure(exit)) return failed(exit.cause)
    const { leaks: forgivesLeaks, unobserved: forgivesUnobserved } = this.subject.forgives
    const late = this.lateFailures()
    if (!forgivesUnobserved && late.lines.length > 0) {
      return { kind: "unobserved", summary: late.lines.join("\n"), cause: late.cause }
    }
    if (forgivesLeaks) return undefined
    // Whoever was told to end and has not had its turn yet is no leak.
    if (world.ready.length > 0) world.windDown()
    const leaks = watch.leaks(world)
    return leaks.length === 0 ? undefined : { kind: "leak", summary: leaks.join("\n"), cause: undefined }
  }

  private lateFailures(): { readonly lines: ReadonlyArray<string>; readonly cause: unknown } {
    const failures = this.watch.unobserved()
    const cause = failures.map((failure) => (failure as { exit?: Exit.Exit<unknown, unknown> }).exit)
      .find((exit) => exit !== undefined && Exit.isFailure(exit))
    return {
      lines: failures.map((failure) => {
        const { exit } = failure as { exit?: Exit.Exit<unknown, unknown> }
        const why = exit !== undefined && Exit.isFailure(exit) ? `: ${Cause.pretty(exit.cause)}` : ""
        return `${failure.kind} ${failure.name} failed and nobody asked for its result${why}`
      }),
      cause: cause !== undefined && Exit.isFailure(cause) ? Cause.squash(cause.cause) : undefined
    }
  }
}

const livelock = (operations: number): Finding => ({
  kind: "livelock",
  summary: `no end after ${operations} operations: some fibers keep each other busy, or one runs in a loop`,
  cause: undefined
})

const failed = (cause: Cause.Cause<unknown>): Finding => {
  const error = Cause.squash(cause)
  // No fault of the program's under this schedule, but of the exploration as a whole.
  for (const reason of cause.reasons) {
    if (Cause.isDieReason(reason) && reason.defect instanceof NondeterminismError) throw reason.defect
  }
  const isDeadlock = cause.reasons.some((reason) => Cause.isDieReason(reason) && reason.defect instanceof DeadlockError)
  return { kind: isDeadlock ? "deadlock" : "failure", summary: Cause.pretty(cause), cause: error }
}

const stuck = (): string =>
  [
    "nothing can go on, and the program has not ended (a promise or real I/O cannot be explored)",
    ...enumerate().flatMap((thread) => {
      const state = thread.state()
      if (state._tag !== "Blocked") return []
      const { holder, kind, name } = state.on
      return [
        `  ${thread.name} waits for ${kind === "Async" ? name : `${kind} ${name}`}${
          holder === undefined ? "" : `, held by ${holder}`
        }`
      ]
    })
  ].join("\n")
