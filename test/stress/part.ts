/** What one OS thread does in one phase. */
import * as Thread from "effect-threading/Thread"
import * as ThreadGroup from "effect-threading/ThreadGroup"
import * as Effect from "effect/Effect"
import { threadId } from "node:worker_threads"
import { observe } from "../../src/internal/observer.ts"
import { kernelId } from "../../src/internal/shared/platform.ts"
import { makeRandom } from "../../src/testing/internal/random.ts"
import { Count, Field } from "./field.ts"
import { jitter } from "./jitter.ts"
import type { Scenario } from "./scenario.ts"
import { scenarios } from "./scenarios/all.ts"
import { broken } from "./scenarios/broken.ts"
import { Walker } from "./walker.ts"

export interface Part {
  readonly scenario: string
  readonly primitive: object
  readonly cells: Int32Array
  readonly seed: number
  readonly phase: number
  /** The place of this party; 0 is the main thread. */
  readonly slot: number
  readonly parties: number
  /** How many fibers it has, and the number of the first among all; 0 if it is plain code. */
  readonly fibers: number
  readonly first: number
  /** How often it was begun before. */
  readonly attempt: number
  readonly isJittery: boolean
  /** How its OS thread dies, if it does: when it is terminated, between two atomic operations, or inside. */
  readonly death: "from outside" | "between" | "inside" | undefined
  /** Between which. */
  readonly diesAt: number
}

export const scenarioOf = (name: string): Scenario<object> =>
  [...scenarios, ...broken].find((scenario) => scenario.name === name)! as unknown as Scenario<object>

export const randomOf = (...numbers: ReadonlyArray<number>) =>
  makeRandom(numbers.reduce((mixed, n) => Math.imul(mixed, 0x01000193) ^ n, 0x811C9DC5))

export const walkerOf = (part: Part, index: number): Walker =>
  new Walker(
    new Field(part.cells),
    randomOf(part.seed, part.phase, index, part.attempt),
    part.slot,
    index,
    part.death,
    scenarioOf(part.scenario).rules
  )

let isObserving = false

const begin = (part: Part): void => {
  const field = new Field(part.cells)
  field.enlist(part.slot, kernelId(), threadId)
  if (part.attempt === 0) field.add(Count.ready)
  observing = field
  if (!isObserving) observe({ parked: () => void observing?.add(Count.parked) })
  isObserving = true
  jitter({
    field,
    random: randomOf(part.seed, part.phase, -1 - part.slot),
    isJittery: part.isJittery,
    diesAt: part.death === "between" ? part.diesAt : 0,
    isMute: scenarioOf(part.scenario).isMute === true
  })
}

let observing: Field | undefined

/** Whether all parties are there: a new worker takes its time. */
const areAllReady = ({ cells, parties }: Part): boolean => new Field(cells).get(Count.ready) === parties

export const allReady = (part: Part): Effect.Effect<void> =>
  Effect.suspend(() => areAllReady(part) ? Effect.void : Effect.andThen(Effect.sleep(1), allReady(part)))

/** Each fiber is a thread of its own, since some forms belong to one. */
export const playFibers = (part: Part): Effect.Effect<void, unknown> =>
  Effect.gen(function*() {
    yield* Effect.sync(() => begin(part))
    yield* allReady(part)
    const { fiber } = scenarioOf(part.scenario)
    const threads = yield* Effect.forEach(
      Array.from({ length: part.fibers }, (_, i) => walkerOf(part, part.first + i)),
      (walker) => Thread.fork(fiber(walker, part.primitive), { daemon: true })
    )
    yield* Effect.forEach(threads, Thread.join, { concurrency: "unbounded", discard: true })
    // Whoever joins them hears of it.
  }).pipe(ThreadGroup.supervise, Effect.provideService(Thread.ExceptHook, () => Effect.void))

export const playPlain = (part: Part): boolean => {
  begin(part)
  while (!areAllReady(part)) Atomics.wait(part.cells, Count.ready, part.cells[Count.ready]!, 10)
  return scenarioOf(part.scenario).plain(walkerOf(part, part.first), part.primitive)
}
