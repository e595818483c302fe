/**
 * Runs a scenario: phase after phase, each with the main thread and all workers as parties, some of them fibers, some plain code. In
 * some phases one of the workers dies. After each all is at rest, and looked at.
 *
 * A seed determines all choices, not what the machine makes of them.
 */
import { Cause, Effect, Exit, Fiber, Layer, Logger, Schedule } from "effect"
import { Task, WorkerPool } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { availableParallelism } from "node:os"
import type { Worker } from "node:worker_threads"
import type { SharedData } from "../../src/internal/shared/sharedData.ts"
import { viewOf } from "../support/osThreads.ts"
import { Count, Field, makeCells, mostParties, nonZero, Violation } from "./field.ts"
import { calm } from "./jitter.ts"
import { allReady, type Part, playFibers, randomOf, scenarioOf, walkerOf } from "./part.ts"
import type { Phase } from "./scenario.ts"

const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))

export const workers = Math.min(Math.max(2, availableParallelism()), mostParties - 1)

/** A worker that dies has to be replaced at once, without a word. Who is told to end does so when it looks. */
export const pool = Layer.provide(
  NodeWorkerPool.layer({ size: workers, gracePeriod: "1 minute", respawn: Schedule.spaced(1) }),
  Logger.layer([])
)

export interface Options {
  readonly seed: number
  /** At least so many operations, in phases of so many. */
  readonly operations: number
  readonly perPhase: number
  /** One phase in so many has a death. */
  readonly deathEvery: number
  /** It has to be done within so many milliseconds. */
  readonly within: number
}

export interface Report {
  readonly name: string
  readonly operations: number
  readonly seconds: number
  readonly counts: Readonly<Record<keyof typeof Count, number>>
  readonly phases: number
  readonly deaths: number
  /** Phases in which nobody died, nor was the machine too busy, and how many of those had somebody wait who was not woken. */
  readonly quiet: number
  readonly late: number
}

export const show = ({ counts, deaths, late, name, operations, phases, quiet, seconds }: Report): string =>
  `${name.padEnd(16)} ${operations} operations in ${seconds.toFixed(1)} s, ${phases} phases: `
  + `${counts.interruptions} interruptions, ${counts.timeouts} time-outs, ${deaths} deaths `
  + `(${counts.abandoned} heard of it, ${counts.repairs} repairs), ${counts.parked} fibers parked, ${counts.blocked} sleeps of `
  + `blocked OS threads, ${counts.refused} refusals; ${late} of ${quiet} quiet phases with a late wake-up`

/** How long nothing may end while operations are open. */
const patience = 15_000

/** How one phase is cast. */
interface Cast {
  readonly phase: Phase
  readonly parts: ReadonlyArray<Part>
  readonly doomed: Part | undefined
  /** When the doomed worker is terminated from outside; else it ends itself. */
  readonly killedAfter: number | undefined
  /** When plain code is interrupted, for each party. */
  readonly interruptedAfter: ReadonlyArray<number | undefined>
}

const cast = (scenario: string, primitive: object, field: Field, number: number, options: Options): Cast => {
  const random = randomOf(options.seed, number)
  const isDeath = number % options.deathEvery === options.deathEvery - 1
  const doomed = isDeath ? 1 + random.below(workers) : -1
  const death = random.pick(["from outside", "between", "inside"] as const)
  const isJittery = random.chance(0.5)
  // The doomed come last, so that the others' numbers are those of the survivors.
  const slots = Array.from({ length: workers + 1 }, (_, slot) => slot).toSorted((a, b) =>
    Number(a === doomed) - Number(b === doomed)
  )
  let first = 0
  const parts = slots.map((slot): Part => {
    const fibers = slot === 0 ? 2 + random.below(4) : random.chance(0.5) ? 0 : 1 + random.below(5)
    const part: Part = {
      scenario,
      primitive,
      cells: field.cells,
      seed: options.seed,
      phase: number,
      slot,
      parties: workers + 1,
      fibers,
      first,
      attempt: 0,
      isJittery,
      death: slot === doomed ? death : undefined,
      diesAt: 1 + random.below(random.pick([100, 4000]))
    }
    first += Math.max(1, fibers)
    return part
  })
  const dies = parts.find((part) => part.death !== undefined)
  return {
    phase: { target: options.perPhase, survivors: dies?.first ?? first, walkers: first },
    parts,
    doomed: dies,
    killedAfter: dies?.death === "from outside" ? random.below(60) : undefined,
    // Who was interrupted in the moment of its death would begin again.
    interruptedAfter: parts.map((part) => part !== dies && random.chance(0.3) ? random.below(40) : undefined)
  }
}

/** The workers there are, for whom it is to kill one. */
const living = new Map<number, Worker>()
process.on("worker", (worker) => {
  const { threadId } = worker
  living.set(threadId, worker)
  worker.once("exit", () => living.delete(threadId))
})

const isDeath = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return error instanceof WorkerPool.TaskError && error.reason._tag === "Exited"
}

/** Plain code, begun again when it was interrupted, or has found the owner dead. */
const plainly = (
  part: Part,
  interruptedAfter: number | undefined
): Effect.Effect<void, unknown, WorkerPool.WorkerPool> =>
  Effect.gen(function*() {
    const { isPlainResumed, recover } = scenarioOf(part.scenario)
    const again = { ...part, attempt: part.attempt + 1 }
    if (interruptedAfter !== undefined && isPlainResumed) {
      const fiber = yield* Effect.forkChild(tasks.plain(part))
      yield* allReady(part)
      yield* Effect.sleep(interruptedAfter)
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      if (Exit.isFailure(exit) && !Exit.hasInterrupts(exit)) return yield* exit
      if (Exit.isFailure(exit)) new Field(part.cells).add(Count.interruptions)
      return yield* plainly(again, undefined)
    }
    if (!(yield* tasks.plain(part))) return
    yield* recover(walkerOf(part, part.first), part.primitive)
    yield* plainly(again, undefined)
  })

/** All parties at once; whether one has died. */
const play = ({ doomed, interruptedAfter, killedAfter, parts }: Cast, field: Field) =>
  Effect.gen(function*() {
    const { bereaved } = scenarioOf(parts[0]!.scenario)
    const scope = yield* Effect.scope
    let hasDied = false
    const one = (part: Part, i: number): Effect.Effect<void, unknown, WorkerPool.WorkerPool> => {
      if (part.slot === 0) return playFibers(part)
      const plays = part.fibers === 0 ? plainly(part, interruptedAfter[i]) : tasks.fibers(part)
      if (part !== doomed) return plays
      return Effect.catchCause(plays, (cause) => {
        if (!isDeath(cause)) return Effect.failCause(cause)
        hasDied = true
        return bereaved === undefined ? Effect.void : Effect.forkIn(bereaved(field, part.primitive), scope)
      })
    }
    const kill = Effect.gen(function*() {
      yield* allReady(doomed!)
      yield* Effect.sleep(killedAfter!)
      yield* Effect.promise(async () => void await living.get(field.threadIdOf(doomed!.slot))?.terminate())
    })
    if (killedAfter !== undefined) yield* Effect.forkScoped(kill)
    yield* Effect.forEach(parts, one, { concurrency: "unbounded", discard: true })
    return hasDied
  }).pipe(Effect.scoped)

/** Whether the machine has too much else to do for anybody to be on time. */
const strain = Effect.gen(function*() {
  const strained = { isStrained: false }
  const beat = Effect.suspend(() => {
    const since = performance.now()
    return Effect.map(Effect.sleep(10), () => {
      if (performance.now() - since > 60) strained.isStrained = true
    })
  })
  yield* Effect.forkScoped(Effect.forever(beat))
  return strained
})

/** Fails once nothing has ended for long, or when time is over. */
const watch = (field: Field, within: number): Effect.Effect<never, Violation> =>
  Effect.gen(function*() {
    const end = performance.now() + within
    for (let ended = -1, since = performance.now();;) {
      yield* Effect.sleep(250)
      if (performance.now() > end) return yield* Effect.fail(new Violation(`not done within ${within} ms`))
      const now = field.get(Count.ended)
      if (now !== ended) since = performance.now()
      ended = now
      if (performance.now() - since > patience) return yield* Effect.fail(new Violation("nobody goes on"))
    }
  })

/** The whole run of one scenario. */
export const run = (name: string, options: Options): Effect.Effect<Report, unknown, WorkerPool.WorkerPool> =>
  Effect.gen(function*() {
    const { begin, make, rest, shared } = scenarioOf(name)
    const field = new Field(makeCells())
    const primitive = yield* make
    const begun = performance.now()
    let [number, deaths, quiet, late] = [0, 0, 0, 0]
    const one = Effect.gen(function*() {
      const chosen = cast(name, primitive, field, number++, options)
      field.dismiss()
      field.set(Count.begun, 0)
      field.set(Count.ready, 0)
      field.set(Count.target, chosen.phase.target)
      if (begin !== undefined) yield* begin(field, primitive, chosen.phase)
      const lateBefore = field.get(Count.late)
      const strained = yield* strain
      const hasDied = yield* play(chosen, field)
      yield* Effect.sync(calm)
      yield* rest(walkerOf(chosen.parts[0]!, 0), primitive, chosen.phase)
      if (hasDied) deaths++
      if (chosen.doomed !== undefined || strained.isStrained) return
      quiet++
      if (field.get(Count.late) > lateBefore) late++
    }).pipe(Effect.scoped)
    const all = Effect.whileLoop({
      while: () => field.get(Count.ended) < options.operations,
      body: () => one,
      step: () => {}
    })
    yield* Effect.raceFirst(all, watch(field, options.within)).pipe(
      Effect.ensuring(Effect.sync(calm)),
      Effect.catchCause((cause) => {
        const { parts, ...rest } = cast(name, primitive, field, number - 1, options)
        const parties = parts.map(({ cells: _, primitive: __, scenario: ___, ...part }) => part)
        return Effect.fail(
          new Violation([
            `${name}, STRESS_SEED=${options.seed}, phase ${number - 1}: ${Cause.pretty(cause)}`,
            JSON.stringify({
              ...rest.phase,
              killedAfter: rest.killedAfter,
              interruptedAfter: rest.interruptedAfter,
              parties
            }),
            ...shared(primitive, field).map((each) => `${viewOf(each)}: ${nonZero((each as SharedData).memory)}`),
            field
          ].join("\n"))
        )
      })
    )
    // A lost wake-up costs whoever waits for it a quarter of a second. A machine that is busy may, too, but seldom.
    if (late > Math.max(2, quiet / 4)) {
      yield* Effect.fail(
        new Violation(`${name}, STRESS_SEED=${options.seed}: ${late} of ${quiet} quiet phases had late wake-ups`)
      )
    }
    return {
      name,
      operations: field.get(Count.ended),
      seconds: (performance.now() - begun) / 1000,
      counts: Object.fromEntries(
        Object.entries(Count).map(([key, cell]) => [key, field.get(cell)])
      ) as Report["counts"],
      phases: number,
      deaths,
      quiet,
      late
    }
  })
