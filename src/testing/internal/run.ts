/** Runs a program once, in a world of its own, and says what is wrong with how it went. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import { setNow } from "../../internal/coarseClock.ts"
import { Policy } from "../../internal/deadlockError.ts"
import { CurrentTask } from "../../internal/futureState.ts"
import { Holds } from "../../internal/hold.ts"
import { numberBy } from "../../internal/names.ts"
import type { Numbers } from "../../internal/names.ts"
import { observe } from "../../internal/observer.ts"
import { CurrentThread } from "../../internal/threadRecord.ts"
import { failed, leaked, livelock, stuck, unobserved } from "./findings.ts"
import type { Finding } from "./findings.ts"
import { makeRandom } from "./random.ts"
import type { Schedule } from "./schedule.ts"
import { Trace } from "./trace.ts"
import { Watch } from "./watch.ts"
import { World } from "./world.ts"
import type { Limits, Strategy } from "./world.ts"

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
  private readonly names: Numbers = new Map()
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
    const ends = [setNow(() => clock.currentTimeMillisUnsafe()), numberBy(this.names), observe(this.watch)]
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
      this.trace?.close(finding?.kind, isStuck)
      if (isStuck) this.end()
      return finding
    })
  }

  private find(): Finding | undefined {
    const { watch, world } = this
    const { forgives } = this.subject
    const exit = this.fiber!.pollUnsafe()
    const late = unobserved(watch.unobserved)
    if (exit === undefined) return world.isExhausted ? livelock(world.operations) : stuck(world, late)
    if (Exit.isFailure(exit)) return failed(exit.cause)
    if (late !== undefined && !forgives.unobserved) return late
    if (forgives.leaks) return undefined
    // Whoever was told to end and has not had its turn yet is no leak.
    if (world.ready.length > 0) world.windDown()
    return leaked(watch.leaks(world))
  }
}
