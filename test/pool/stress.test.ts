/** Random programs: calls of every kind, cancelled at random moments, on workers that die now and then. Each gets its own answer. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schedule, Stream } from "effect"
import { Thread, WorkerPool } from "effect-threading"
import type { Random } from "../../src/testing/internal/random.ts"
import { makeRandom } from "../../src/testing/internal/random.ts"
import { deaths, endOf } from "./cases/deaths.ts"
import { folder, tasks, threads } from "./support.ts"

interface Call {
  readonly kind: string
  readonly run: Effect.Effect<unknown, unknown, WorkerPool.WorkerPool>
  /** How it ends, unless it is cancelled. */
  readonly end: string
}

/** Each kind, and how often it is called. */
const kinds: ReadonlyArray<readonly [weight: number, (n: number, path: string) => Call]> = [
  [30, (n) => ({ kind: "quick", run: deaths.square(n), end: `${n * n}` })],
  [20, (n) => ({ kind: "async", run: deaths.squareLater(n), end: `${n * n}` })],
  [20, (n) => ({ kind: "effect", run: deaths.squareEffect(n), end: `${n * n}` })],
  [
    10,
    (n) => ({
      kind: "failing",
      run: Effect.catchTag(tasks.root(-1 - n), "Negative", (e) => Effect.succeed(e.n)),
      end: `${-1 - n}`
    })
  ],
  [5, (n) => ({ kind: "dying", run: tasks.throws(`${n}`), end: `RangeError: ${n}` })],
  [5, (n) => ({ kind: "deep", run: tasks.deep(n % 8), end: `${n % 8}` })],
  [2, () => ({ kind: "branching", run: tasks.fib(6), end: "8" })],
  [5, (n) => ({ kind: "many below", run: tasks.sumOf(n % 20), end: `${(n % 20) * (n % 20 + 1) / 2}` })],
  [5, (n) => ({ kind: "stream", run: Stream.runCount(tasks.numbers(n)), end: `${n}` })],
  [3, (_, path) => ({ kind: "left stream", run: Stream.runCollect(Stream.take(tasks.counts(path), 3)), end: "1,2,3" })],
  [3, (n) => ({ kind: "stream below", run: Stream.runCount(tasks.numbersBelow(n)), end: `${n}` })],
  [
    3,
    (_, path) => ({ kind: "held", run: Effect.timeoutOption(tasks.hold(path, "never"), 20), end: `${Option.none()}` })
  ],
  [
    2,
    (_, path) => ({ kind: "computing", run: Effect.timeoutOption(tasks.computes(path), 20), end: `${Option.none()}` })
  ],
  [0.3, (_, path) => ({ kind: "spinning", run: Effect.timeoutOption(tasks.spins(path), 20), end: `${Option.none()}` })],
  [0.5, () => ({ kind: "exit", run: deaths.exits(3), end: "Exited 3" })],
  [0.5, () => ({ kind: "uncaught", run: deaths.throwsOutside(), end: "Exited 1 RangeError: outside" })]
]

const total = kinds.reduce((sum, [weight]) => sum + weight, 0)

const callOf = (random: Random, path: string): Call => {
  let left = random.next() * total
  const [, make] = kinds.find(([weight]) => (left -= weight) < 0)!
  return make(random.below(300), path)
}

const optionsOf = (random: Random): WorkerPool.Options<never> => ({
  size: 1 + random.below(3),
  capacity: random.pick([Infinity, 20]),
  maxTasksPerWorker: random.pick([Infinity, 100]),
  idleTimeToLive: random.pick(["1 minute", 5]),
  gracePeriod: 50,
  respawn: Schedule.spaced(1)
})

/** Calls all that the seed has chosen. */
const program = (random: Random, count: number) =>
  Effect.gen(function*() {
    const { path } = yield* folder
    const unanswered = new Map<number, Call>()
    const one = (i: number) => {
      const call = callOf(random, path)
      unanswered.set(i, call)
      const cancelAt = random.chance(0.15) ? random.below(40) : undefined
      const run = cancelAt === undefined
        ? endOf(call.run)
        : Effect.map(Effect.timeoutOption(endOf(call.run), cancelAt), Option.getOrElse(() => "cancelled"))
      return Effect.map(Effect.delay(run, random.below(50)), (end) => {
        unanswered.delete(i)
        const isRight = end === call.end || end === "cancelled" && cancelAt !== undefined
        return isRight ? [] : [`${call.kind}: ${end}, not ${call.end}`]
      })
    }
    const all = Effect.forEach(Array.from({ length: count }, (_, i) => i), one, { concurrency: "unbounded" })
    const ends = yield* Effect.timeoutOption(all, "45 seconds")
    if (Option.isNone(ends)) {
      const open = Array.from(unanswered.values(), ({ kind }) => kind)
      assert.fail(
        `never answered: ${open.join(", ")}\n${JSON.stringify(yield* WorkerPool.stats)}\n${yield* Thread.dump}`
      )
    }
    assert.deepStrictEqual(ends.value.flat(), [])
    const { busy, queued, running } = yield* WorkerPool.stats
    assert.deepStrictEqual({ busy, queued, running }, { busy: 0, queued: 0, running: 0 })
  })

const seeds = process.env["POOL_SEEDS"]?.split(",").map(Number) ?? [1, 2, 3]

describe("a random program of hundreds of calls", () => {
  for (const seed of seeds) {
    it.live(`gets every answer, with POOL_SEEDS=${seed}`, () => {
      const random = makeRandom(seed)
      return Effect.provide(Effect.scoped(program(random, 300)), threads.layer(optionsOf(random)))
    }, 60_000)
  }
})
