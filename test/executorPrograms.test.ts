/**
 * Programs made up at random, of tasks that submit, wait for and cancel one another, under random interleavings. Whatever they
 * do, nothing is stuck, every future is done in the end, and the executor has all its places again, and no more.
 *
 * So that no program can be stuck by its own fault, a task waits only for tasks that it submitted itself and for those of earlier
 * trees; both never wait for it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"

import { Event, Future, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import { explore } from "./support/explore.ts"
import type { Random, Run } from "./support/explore.ts"
import { load, threadsNamed, untilRunning } from "./support/pool.ts"

interface World {
  readonly pool: ThreadPoolExecutor.ThreadPoolExecutor
  readonly random: Random
  readonly maxWorkers: number
  /** Whether waits may be given up, and tasks cancelled and interrupted. */
  readonly isWild: boolean
  /** All futures, by the tree that they belong to. */
  readonly trees: Array<Array<Future.Future<void, string>>>
  /** How many tasks are at work: running, and not waiting for another. */
  atWork: number
  mostAtWork: number
}

const begin = (world: World) =>
  Effect.sync(() => {
    world.mostAtWork = Math.max(world.mostAtWork, ++world.atWork)
  })

const pause = (world: World) =>
  Effect.sync(() => {
    world.atWork--
  })

const yields = (random: Random) => Effect.repeat(Effect.yieldNow, { times: random.below(4) })

const submit = (world: World, tree: number, depth: number) =>
  Effect.tap(
    ThreadPoolExecutor.submit(world.pool, task(world, tree, depth)),
    (future) => Effect.sync(() => world.trees[tree]!.push(future))
  )

/** Waits for one or more of these in one of the ways there are. */
const waitFor = (world: World, futures: ReadonlyArray<Future.Future<void, string>>): Effect.Effect<unknown> => {
  const { isWild, random } = world
  const some = futures.filter(() => random.chance(0.5))
  const one = random.pick(futures)
  const whole = [
    Effect.exit(Future.result(one)),
    Future.exit(one),
    Future.wait(some),
    Stream.runDrain(Future.asCompleted(some)),
    // One after the other.
    Effect.forEach(some, Future.exit)
  ]
  // These leave tasks behind that they had started, or wait in several fibers at once.
  const partial = [
    Future.wait(some, { returnWhen: "firstCompleted" }),
    Future.wait(some, { returnWhen: "firstException" }),
    Stream.runDrain(Stream.take(Future.asCompleted(some), 1)),
    Effect.forEach(some, Future.exit, { concurrency: "unbounded" }),
    Effect.timeoutOption(Future.wait(some), random.below(5)),
    Effect.timeoutOption(Future.exit(one), random.below(5))
  ]
  return random.pick<Effect.Effect<unknown>>(isWild ? [...whole, ...partial] : whole)
}

const task = (world: World, tree: number, depth: number): Effect.Effect<void, string> =>
  Effect.gen(function*() {
    const { isWild, random, trees } = world
    yield* begin(world)
    const own: Array<Future.Future<void, string>> = []
    for (let left = random.below(6); left > 0; left--) {
      const within = [...own, ...trees.slice(0, tree).flat()]
      const choice = random.below(10)
      if (choice < 3) yield* yields(random)
      else if (choice < 6 && depth < 4) {
        // A shut down executor takes no more.
        yield* Effect.ignore(Effect.map(submit(world, tree, depth + 1), (future) => own.push(future)))
      } else if (choice < 8 && within.length > 0) {
        yield* Effect.acquireUseRelease(pause(world), () => waitFor(world, within), () => begin(world))
      } else if (choice === 8) yield* Future.cancel(random.pick(trees.flat()))
      else if (isWild && random.chance(0.3)) yield* wilder(world)
      else if (random.chance(0.2)) return yield* Effect.fail("by choice")
    }
  }).pipe(Effect.ensuring(pause(world)))

/** What hits others: a task is interrupted, a worker is, or a scope's sleep takes its time. */
const wilder = (world: World): Effect.Effect<unknown> => {
  const { random, trees } = world
  return random.pick<Effect.Effect<unknown>>([
    Effect.forkDetach(Future.interrupt(random.pick(trees.flat()))),
    Effect.flatMap(
      threadsNamed("worker_"),
      (workers) => workers.length === 0 ? Effect.void : Effect.forkDetach(Thread.interrupt(random.pick(workers)))
    ),
    Effect.sleep(random.below(3)),
    Effect.ensuring(Effect.sleep(random.below(3)), Effect.sleep(1))
  ])
}

/** Lets virtual time pass until nothing runs: an interrupted submitter may not have noted what it submitted. */
const untilOver = (pool: object, left = 1000): Effect.Effect<void> =>
  Effect.suspend(() =>
    load(pool).running + load(pool).queued === 0
      ? Effect.void
      : left === 0
      ? Effect.die(new Error(`never over: ${pool}`))
      : Effect.andThen(Effect.sleep(1), untilOver(pool, left - 1))
  )

/** All places are free again if exactly as many tasks run at once as there are workers. */
const probe = ({ maxWorkers, pool }: World) =>
  Effect.gen(function*() {
    const gate = yield* Event.make()
    const futures = yield* Effect.replicateEffect(
      Effect.forkChild(Effect.flatMap(ThreadPoolExecutor.submit(pool, Event.wait(gate)), Future.result)),
      maxWorkers + 2
    )
    yield* untilRunning(pool, maxWorkers)
    for (let left = 20; left > 0; left--) yield* Effect.yieldNow
    assert.strictEqual(load(pool).running, maxWorkers)
    yield* Event.set(gate)
    for (const fiber of futures) yield* Effect.asVoid(Effect.exit(Fiber.await(fiber)))
  })

const program = (isWild: boolean) => ({ exposed, random }: Run) =>
  Effect.gen(function*() {
    const maxWorkers = 1 + random.below(3)
    const capacity = random.pick([undefined, undefined, 1, 3])
    const pool = yield* ThreadPoolExecutor.make({ maxWorkers, capacity, threadNamePrefix: "worker" })
    const trees = Array.from({ length: 1 + random.below(5) }, () => [])
    const world: World = { pool, random, maxWorkers, isWild, trees, atWork: 0, mostAtWork: 0 }
    // Each tree is submitted by a thread of its own, which then waits for what there is, and may be interrupted meanwhile.
    const threads = yield* Effect.forEach(trees, (_, tree) =>
      Thread.fork(Effect.gen(function*() {
        const own = Effect.gen(function*() {
          for (let left = 1 + random.below(3); left > 0; left--) yield* submit(world, tree, 0)
          yield* waitFor(world, trees.flat())
        })
        yield* Fiber.await(yield* Effect.forkChild(isWild ? exposed(own) : own))
      })))
    for (const thread of threads) yield* Thread.join(thread)
    const isEndedEarly = isWild && random.chance(0.3)
    if (isEndedEarly) yield* ThreadPoolExecutor.shutdown(pool, { wait: false, cancelFutures: random.chance(0.5) })
    // Waiting for those that are there lets them submit more.
    for (let seen = -1; seen < trees.flat().length;) {
      seen = trees.flat().length
      yield* Future.wait(trees.flat())
    }
    yield* untilOver(pool)
    if (!isEndedEarly) yield* probe(world)
    yield* ThreadPoolExecutor.shutdown(pool)
    assert.deepStrictEqual(load(pool), { ...load(pool), running: 0, queued: 0, workers: 0 })
    for (const future of trees.flat()) assert.isTrue(yield* Future.isDone(future), `${future} is not done`)
    if (!isWild) assert.isAtMost(world.mostAtWork, maxWorkers)
  }).pipe(Effect.scoped, ThreadGroup.supervise)

describe("random programs of tasks", () => {
  it("that wait for one another to the end never have more at work than there are workers", async () => {
    const { schedules: runs } = await explore({ seeds: 400, program: program(false) })
    assert.strictEqual(runs, 400)
  }, 60_000)

  it("that give up waits, cancel and interrupt are never stuck, and all places come back", async () => {
    const { interrupts } = await explore({
      seeds: 600,
      interrupts: 0.01,
      program: program(true)
    })
    assert.isAbove(interrupts, 50)
  }, 60_000)
})
