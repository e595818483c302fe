/**
 * Runs a concurrent program under many interleavings, one a seed. All fibers' steps go to one ready list, of which the next is
 * chosen at random; a fiber is preempted at random between any two operations; time is virtual and may pass at any moment;
 * fibers that the program exposes may be interrupted. The same seed gives the same run.
 *
 * A run fails if its program does, if it is stuck (nothing is ready, nobody sleeps, the program has not ended), or if it does
 * not come to an end. The error names the seed; with `EXPLORE_SEED` set to it, only that run is made.
 */
import { Cause, Clock, Context, Duration, Effect, Exit, Scheduler } from "effect"
import type { Fiber } from "effect"
import { makeRandom } from "./random.ts"
import type { Random } from "./random.ts"

/** What a program gets to know of the run it is in. */
export interface Run {
  readonly seed: number
  readonly random: Random
  /** Allows the explorer to interrupt the fiber that runs this effect, once, at a moment of its choice. */
  readonly exposed: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export interface Options {
  /** How many seeds to try, from 1 on. */
  readonly seeds: number
  /** Makes the program of one run. */
  readonly program: (run: Run) => Effect.Effect<unknown, unknown>
  /** How likely it is, before each step, that an exposed fiber is interrupted. */
  readonly interrupts?: number | undefined
}

/** What a whole exploration did, for a test that wants to know that it was put to the test. */
export interface Explored {
  readonly runs: number
  readonly steps: number
  readonly interrupts: number
}

export const explore = async (options: Options): Promise<Explored> => {
  const only = Number(process.env.EXPLORE_SEED ?? 0)
  const total = { runs: 0, steps: 0, interrupts: 0 }
  for (let seed = only || 1; seed <= (only || options.seeds); seed++) {
    const world = new World(seed, options.interrupts ?? 0)
    await world.run(options).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`seed ${seed}, step ${world.steps}: ${reason}\nReplay it alone with EXPLORE_SEED=${seed}.`, {
        cause: error
      })
    })
    total.runs++
    total.steps += world.steps
    total.interrupts += world.interrupted
  }
  return total
}

const mostSteps = 200_000

// Below this, Effect's own bookkeeping of races and parallel effects is not yet done: an interruption there says nothing.
const operationsToLetThrough = 3

class World implements Scheduler.Scheduler, Scheduler.SchedulerDispatcher {
  readonly executionMode = "async"
  readonly seed: number
  readonly random: Random
  steps = 0
  interrupted = 0
  private readonly ready: Array<() => void> = []
  private readonly exposed: Array<Fiber.Fiber<unknown, unknown>> = []
  private readonly clock = new VirtualClock()
  private readonly preemption: number
  private readonly interruption: number
  private readonly passing: number

  constructor(seed: number, interrupts: number) {
    this.seed = seed
    this.random = makeRandom(seed)
    // Some faults need two fibers in lock-step, others one that runs far ahead.
    this.preemption = this.random.pick([0.02, 0.1, 0.3, 0.6])
    this.interruption = interrupts === 0 ? 0 : this.random.pick([0, interrupts / 4, interrupts, interrupts * 4])
    this.passing = this.random.pick([0.005, 0.03, 0.2])
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return fiber.currentOpCount > operationsToLetThrough && this.random.chance(this.preemption)
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this
  }

  scheduleTask(task: () => void): void {
    this.ready.push(task)
  }

  flush(): void {
    this.drain()
  }

  async run(options: Options): Promise<void> {
    const context = Context.make(Scheduler.Scheduler, this).pipe(Context.add(Clock.Clock, this.clock))
    const exposed: Run["exposed"] = (effect) =>
      Effect.withFiber((fiber) => {
        this.exposed.push(fiber)
        return effect
      })
    const program = options.program({ seed: this.seed, random: this.random, exposed })
    const fiber = Effect.runForkWith(context)(program)
    this.drain()
    while (fiber.pollUnsafe() === undefined) {
      // What waits for a promise or an immediate is not stuck.
      await new Promise((resolve) => setImmediate(resolve))
      if (this.ready.length === 0 && fiber.pollUnsafe() === undefined) break
      this.drain()
    }
    const exit = fiber.pollUnsafe()
    if (exit === undefined) {
      fiber.interruptUnsafe()
      this.drain()
      throw new Error("stuck: nothing is ready, and the program has not ended")
    }
    if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause), { cause: Cause.squash(exit.cause) })
  }

  private drain(): void {
    while (this.step()) {
      if (++this.steps > mostSteps) throw new Error(`no end after ${mostSteps} steps`)
    }
  }

  private step(): boolean {
    const { random, ready } = this
    if (this.exposed.length > 0 && random.chance(this.interruption)) {
      const [fiber] = this.exposed.splice(random.below(this.exposed.length), 1)
      if (fiber!.pollUnsafe() === undefined) this.interrupted++
      fiber!.interruptUnsafe()
      return true
    }
    if (ready.length === 0 || random.chance(this.passing)) {
      if (this.clock.advance()) return true
      if (ready.length === 0) return false
    }
    const index = random.below(ready.length)
    const task = ready[index]!
    ready[index] = ready[ready.length - 1]!
    ready.pop()
    task()
    return true
  }
}

/** Time that passes when it is told to: from one sleeper's end to the next. */
class VirtualClock implements Clock.Clock {
  private now = 0
  private readonly sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()

  advance(): boolean {
    let first: { readonly at: number; readonly wake: () => void } | undefined
    for (const sleeper of this.sleepers) if (first === undefined || sleeper.at < first.at) first = sleeper
    if (first === undefined) return false
    this.sleepers.delete(first)
    this.now = Math.max(this.now, first.at)
    first.wake()
    return true
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const sleeper = { at: this.now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
      this.sleepers.add(sleeper)
      return Effect.sync(() => void this.sleepers.delete(sleeper))
    })
  }

  readonly currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos = Effect.sync(() => this.monotonicTimeNanosUnsafe())

  currentTimeMillisUnsafe(): number {
    return this.now
  }

  currentTimeNanosUnsafe(): bigint {
    return BigInt(this.now) * 1_000_000n
  }

  monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }
}
