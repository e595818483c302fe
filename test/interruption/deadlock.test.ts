/** Random programs under many interleavings: those that cannot deadlock report nothing, and what is stuck was reported. */
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Exit, Option, Random as EffectRandom } from "effect"
import { Condition, Deadlock, Future, Lock, RLock, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import { Explore } from "effect-threading/testing"
import { logged } from "../support/deadlocks.ts"
import type { Log } from "../support/deadlocks.ts"
import { explore, randomOf } from "../support/explore.ts"
import type { Random, Run } from "../support/explore.ts"

vi.setConfig({ testTimeout: 60_000 })

type Act = Effect.Effect<unknown, never, ThreadGroup.ThreadGroup>

const dawdle = (random: Random): Effect.Effect<void> =>
  random.chance(0.3) ? Effect.sleep(1 + random.below(3)) : random.chance(0.5) ? Effect.yieldNow : Effect.void

const inTime = (random: Random, act: Act): Act =>
  random.chance(0.3) ? Effect.timeoutOption(act, 1 + random.below(6)) : act

interface Level {
  readonly withLock: (act: Act) => Act
  readonly isReentrant: boolean
  readonly condition: Condition.Condition | undefined
}

const makeLevel = (random: Random): Effect.Effect<Level> =>
  Effect.gen(function*() {
    const kind = random.below(3)
    if (kind === 0) {
      const lock = yield* Lock.make()
      return { withLock: (act) => Lock.withLock(lock, act), isReentrant: false, condition: undefined }
    }
    const rlock = yield* RLock.make()
    const condition = kind === 1 ? undefined : yield* Condition.make(rlock)
    return { withLock: (act) => RLock.withLock(rlock, act), isReentrant: true, condition }
  })

/** What keeps to the order of the levels, waits only for threads that take higher ones, and for tasks while it holds nothing. */
const orderly = (run: Run, levels: ReadonlyArray<Level>, pool: ThreadPoolExecutor.ThreadPoolExecutor) => {
  const { exposed, random } = run
  const act = (held: ReadonlyArray<Level>, from: number, depth: number, maySubmit: boolean): Act =>
    Effect.suspend(() => {
      const next = from + random.below(levels.length - from + 1)
      const choice = random.below(10)
      if (depth === 0 || choice === 0) return dawdle(random)
      const body = () => act(held, from, depth - 1, maySubmit)
      if (choice === 1) return inTime(random, Effect.andThen(body(), body()))
      if (choice === 2) return Effect.all([body(), dawdle(random)], { concurrency: 2 })
      const reentered = held.filter(({ isReentrant }) => isReentrant)
      if (choice === 3 && reentered.length > 0) return random.pick(reentered).withLock(inTime(random, body()))
      const top = held.at(-1)
      if (choice === 4 && top?.condition !== undefined) {
        return inTime(random, Effect.andThen(Condition.wait(top.condition), dawdle(random)))
      }
      if (choice === 5) {
        const child = exposed(act([], from, depth - 1, maySubmit && held.length === 0))
        return Effect.flatMap(Thread.fork(child), (thread) => inTime(random, Thread.await(thread)))
      }
      if (choice === 6 && maySubmit && held.length === 0) {
        return Effect.flatMap(
          Effect.orDie(ThreadPoolExecutor.submit(pool, act([], 0, depth - 1, true))),
          (future) => inTime(random, Future.exit(future))
        )
      }
      if (next >= levels.length) return body()
      const level = levels[next]!
      const inside = Effect.suspend(() =>
        Effect.andThen(dawdle(random), act([...held, level], next + 1, depth - 1, maySubmit))
      )
      return inTime(random, level.withLock(inside))
    })
  return act([], 0, 6, true)
}

describe("correct programs", () => {
  it("report no deadlock, whatever is timed out or interrupted", async () => {
    const { operations } = await explore({
      seeds: 1_000,
      interrupts: 0.01,
      program: (run) =>
        logged((log) =>
          ThreadGroup.supervise(Effect.scoped(Effect.gen(function*() {
            const levels = yield* Effect.all(Array.from({ length: 3 }, () => makeLevel(run.random)))
            const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 + run.random.below(2) })
            // One each: a notifier of several could wait for a lock whose holder waits to be notified.
            for (const { condition } of levels) {
              if (condition === undefined) continue
              const notify = Condition.withLock(condition, Condition.notifyAll(condition))
              yield* Thread.fork(Effect.forever(Effect.andThen(notify, Effect.sleep(2))), { daemon: true })
            }
            const threads = yield* Effect.forEach(
              Array(2 + run.random.below(2)),
              () => Thread.fork(run.exposed(orderly(run, levels, pool)))
            )
            for (const thread of threads) assert.notInclude(String(yield* Thread.await(thread)), "Die")
            assert.deepStrictEqual(log.deadlocks.map(({ message }) => message), [])
          })))
        ).pipe(Effect.provideService(Deadlock.Policy, "report"))
    })
    assert.isAbove(operations, 100_000)
  })
})

interface World {
  readonly locks: ReadonlyArray<Level>
  readonly threads: Array<Thread.Thread<unknown>>
  readonly pool: ThreadPoolExecutor.ThreadPoolExecutor
}

/** What takes locks, joins and submits in any order. */
const disorderly = (random: Random, world: World, self: number, depth: number): Act =>
  Effect.suspend(() => {
    const body = () => disorderly(random, world, self, depth - 1)
    if (depth === 0) return random.chance(0.5) ? Effect.yieldNow : Effect.void
    switch (random.below(6)) {
      case 0:
        return Effect.andThen(body(), body())
      case 1: {
        const other = world.threads[random.below(world.threads.length)]
        return other === undefined || world.threads[self] === other ? body() : Thread.await(other)
      }
      case 2:
        return Effect.flatMap(Effect.orDie(ThreadPoolExecutor.submit(world.pool, body())), (future) =>
          Future.exit(future))
      default:
        return random.pick(world.locks).withLock(Effect.suspend(body))
    }
  })

/** A program of such threads, made of the run's seed alone. */
const jumble = (log: Log) =>
  Effect.gen(function*() {
    const random = randomOf(yield* EffectRandom.Random)
    const locks = yield* Effect.all(Array.from({ length: 3 }, () => makeLevel(random)))
    const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 + random.below(2) })
    const world: World = { locks, threads: [], pool }
    for (let index = 0; index < 3; index++) {
      world.threads.push(yield* Thread.fork(disorderly(random, world, index, 4)))
    }
    yield* Effect.forEach(world.threads, (thread) => Thread.await(thread))
    return log
  }).pipe(Effect.scoped)

describe("programs that take locks, join and submit in any order", () => {
  const once = (seed: number, policy: "off" | "report") =>
    Effect.gen(function*() {
      let deadlocks = 0
      const program = logged((log) =>
        Effect.ensuring(jumble(log), Effect.sync(() => void (deadlocks = log.deadlocks.length)))
      )
      const exit = yield* Effect.exit(
        Explore.check(Effect.provideService(program, Deadlock.Policy, policy), {
          seed,
          schedules: 1,
          shrinks: 0,
          leaks: "ignore",
          unobserved: "ignore"
        })
      )
      const error = Exit.isFailure(exit) ? Option.getOrUndefined(Exit.findErrorOption(exit)) : undefined
      assert.isTrue(error === undefined || error.kind === "deadlock", String(exit))
      return { isStuck: error !== undefined, deadlocks }
    })

  it.effect("are stuck if and only if a deadlock is reported", () =>
    Effect.gen(function*() {
      let stuck = 0
      for (let seed = 1; seed <= 1_000; seed++) {
        const { isStuck } = yield* once(seed, "off")
        const { deadlocks } = yield* once(seed, "report")
        assert.strictEqual(deadlocks > 0, isStuck, `seed ${seed}`)
        if (isStuck) stuck++
      }
      assert.isAbove(stuck, 100)
      assert.isBelow(stuck, 900)
    }))
})
