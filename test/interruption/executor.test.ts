/** Executors and futures at random: submit, nest, wait, cancel, interrupt, time out, shut down. Nothing hangs, nothing is left. */
import { assert, describe, it, vi } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Stream } from "effect"
import { Event, Future, Thread, ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import { explore } from "../support/explore.ts"
import type { Run } from "../support/explore.ts"
import { nobodyLeft } from "../support/threads.ts"
import { until, waiting as waitingFor } from "../support/waiters.ts"

vi.setConfig({ testTimeout: 60_000 })

type Task = Future.Future<void, unknown>

/** Random tasks of one pool, which may nest; `books` knows how many began and ended. */
const makeWork = (run: Run, pool: ThreadPoolExecutor.ThreadPoolExecutor, nesting: number) => {
  const { random } = run
  const books = { begun: 0, ended: 0, inside: 0, most: 0, futures: [] as Array<Task> }
  const dawdle = Effect.suspend(() =>
    Effect.forEach(
      Array(random.below(4)),
      () => random.chance(0.3) ? Effect.sleep(1 + random.below(5)) : Effect.yieldNow,
      { discard: true }
    )
  )
  const waitFor = (futures: ReadonlyArray<Task>): Effect.Effect<unknown> => {
    const returnWhen = random.pick(["allCompleted", "firstCompleted", "firstException"] as const)
    const one = random.pick(futures)
    switch (random.below(5)) {
      case 0:
        return Effect.exit(Future.result(one))
      case 1:
        return Future.wait(futures, { returnWhen })
      case 2:
        return Stream.runDrain(Future.asCompleted(futures))
      case 3:
        return Effect.all([Future.exit(one), Future.exit(random.pick(futures))], { concurrency: "unbounded" })
      default:
        return Effect.forEach(futures, (future) => Future.exit(future))
    }
  }
  const submitSome = (depth: number): Effect.Effect<unknown, unknown> =>
    Effect.gen(function*() {
      const futures: Array<Task> = []
      for (let count = 1 + random.below(3); count > 0; count--) {
        const submitted: Effect.Effect<Task, unknown> = ThreadPoolExecutor.submit(pool, task(depth))
        const future = yield* submitted
        futures.push(future)
        books.futures.push(future)
      }
      yield* dawdle
      if (random.chance(0.2)) yield* Future.cancel(random.pick(futures))
      if (random.chance(0.2)) yield* Future.interrupt(random.pick(futures))
      const waiting = waitFor(futures)
      yield* random.chance(0.3) ? Effect.timeoutOption(waiting, 1 + random.below(5)) : waiting
    })
  const task = (depth: number): Effect.Effect<void, unknown> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        books.begun++
        books.most = Math.max(books.most, ++books.inside)
      }),
      () =>
        Effect.gen(function*() {
          yield* dawdle
          if (depth > 0 && random.chance(0.5)) yield* submitSome(depth - 1)
          if (random.chance(0.2)) yield* Effect.fail("failed")
          if (random.chance(0.1)) yield* Effect.interrupt
        }),
      () =>
        Effect.andThen(
          dawdle,
          Effect.sync(() => {
            books.ended++
            books.inside--
          })
        )
    )
  return { books, dawdle, submitSome: submitSome(nesting) }
}

const poolOptions = ({ random }: Run) => ({
  maxWorkers: 1 + random.below(3),
  ...random.chance(0.5) ? { capacity: 1 + random.below(3) } : {},
  ...random.chance(0.3) ? { initializer: Effect.yieldNow } : {}
})

describe("an executor under many interleavings", () => {
  const program = (run: Run, nesting: number) =>
    Effect.gen(function*() {
      const { random } = run
      const options = poolOptions(run)
      let work: ReturnType<typeof makeWork> | undefined
      const region = ThreadGroup.supervise(Effect.scoped(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make(options)
        work = makeWork(run, pool, nesting)
        const threads: Array<Thread.Thread<unknown, unknown>> = []
        for (let count = 1 + random.below(3); count > 0; count--) {
          const submitter = Effect.exit(work.submitSome)
          threads.push(yield* Thread.fork(random.chance(0.5) ? run.exposed(submitter) : submitter))
        }
        if (random.chance(0.3)) {
          yield* work.dawdle
          yield* ThreadPoolExecutor.shutdown(pool, { wait: random.chance(0.5), cancelFutures: random.chance(0.5) })
        }
        if (random.chance(0.7)) yield* Effect.forEach(threads, (thread) => Thread.await(thread))
      })))
      const fiber = yield* Effect.forkChild(random.chance(0.3) ? run.exposed(region) : region)
      yield* Fiber.await(fiber)
      yield* nobodyLeft
      // What is left of futures may be told by fibers that the region does not wait for.
      for (const future of work?.books.futures ?? []) yield* Future.exit(future)
      return { books: work?.books, options }
    })

  it("runs no more tasks at a time than it has workers, and finishes or cancels each", async () => {
    const { interrupts } = await explore({
      seeds: 3000,
      interrupts: 0.01,
      program: (run) =>
        Effect.map(program(run, 0), ({ books, options }) => {
          assert.isAtMost(books?.most ?? 0, options.maxWorkers)
          assert.strictEqual(books?.ended, books?.begun)
        })
    })
    assert.isAbove(interrupts, 300)
  })

  it("with tasks that submit to it and wait, never starves, and finishes or cancels each", () =>
    explore({
      seeds: 3000,
      interrupts: 0.01,
      program: (run) => Effect.map(program(run, 3), ({ books }) => assert.strictEqual(books?.ended, books?.begun))
    }))
})

describe("an executor that is taken down", () => {
  it.effect("ends the task of a worker whose own thread had not begun yet, before the region ends", () =>
    Effect.gen(function*() {
      const [begun, ended] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      let region: Fiber.Fiber<unknown, unknown>
      const task = Effect.acquireUseRelease(
        // The worker's thread and its first task begin in the same moment.
        Effect.andThen(Effect.sync(() => region.interruptUnsafe()), Deferred.succeed(begun, undefined)),
        () => Effect.never,
        () => Effect.andThen(Effect.forEach(Array(50), () => Effect.yieldNow), Deferred.succeed(ended, undefined))
      )
      region = yield* Effect.forkChild(ThreadGroup.supervise(Effect.scoped(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
        yield* ThreadPoolExecutor.submit(pool, task)
        return yield* Effect.never
      }))))
      yield* Fiber.await(region)
      assert.deepStrictEqual([yield* Deferred.isDone(begun), yield* Deferred.isDone(ended)], [true, true])
      yield* nobodyLeft
    }))

  it.effect("cancels all that is queued, also what one of its tasks waits for together with another one", () =>
    ThreadGroup.supervise(Effect.scoped(Effect.gen(function*() {
      const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
      const stop = yield* Event.make()
      const queued: Array<Future.Future<void>> = []
      const waiting = yield* ThreadPoolExecutor.submit(
        pool,
        Effect.gen(function*() {
          yield* Effect.yieldNow
          const lent = yield* ThreadPoolExecutor.submit(pool, Event.wait(stop))
          for (let index = 0; index < 3; index++) {
            queued.push(yield* ThreadPoolExecutor.submit(pool, Effect.die("it ran")))
          }
          return yield* Future.wait([lent, ...queued])
        })
      )
      yield* until(() => waitingFor(stop) === 1, () => "the lent one runs")
      yield* ThreadPoolExecutor.shutdown(pool, { wait: false, cancelFutures: true })
      yield* Event.set(stop)
      assert.strictEqual((yield* Future.result(waiting)).done.length, 4)
      for (const future of queued) assert.isTrue(yield* Future.isCancelled(future))
    }))))
})

describe("waiting for a future", () => {
  const waits: ReadonlyArray<readonly [name: string, wait: (future: Future.Future<string>) => Effect.Effect<unknown>]> =
    [
      ["result", (future) => Effect.orDie(Future.result(future))],
      ["exit", (future) => Future.exit(future)],
      ["wait", (future) => Future.wait([future])],
      ["asCompleted", (future) => Stream.runDrain(Future.asCompleted([future]))],
      ["result inside a time-out", (future) => Effect.timeoutOption(Effect.orDie(Future.result(future)), "1 hour")]
    ]

  for (const [name, wait] of waits) {
    it.effect(`${name}, interrupted at any operation, leaves the task and those who wait beside it alone`, () =>
      ThreadGroup.supervise(Effect.scoped(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
        const operations = yield* interruptEverywhere(Effect.gen(function*() {
          const stop = yield* Event.make()
          const future = yield* ThreadPoolExecutor.submit(pool, Effect.as(Event.wait(stop), "done"))
          const other = yield* Thread.fork(Future.result(future))
          yield* Effect.forkScoped(Effect.gen(function*() {
            for (let step = 0; step < 4; step++) yield* Effect.yieldNow
            yield* Event.set(stop)
          }))
          return {
            effect: Effect.andThen(Effect.yieldNow, wait(future)),
            check: () => Effect.map(Thread.join(other), (answer) => assert.strictEqual(answer, "done"))
          }
        }))
        assert.isAbove(operations, 6)
      }))))

    it.effect(`${name} in a task, for one that the pool has queued, interrupted at any operation, lets the pool go on`, () =>
      ThreadGroup.supervise(Effect.scoped(Effect.gen(function*() {
        const operations = yield* interruptEverywhere(Effect.gen(function*() {
          const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          let ended = 0
          const inner = Effect.as(Effect.ensuring(Effect.yieldNow, Effect.sync(() => ended++)), "done")
          // The task is the fiber that is interrupted: it waits for the submitter to be.
          const effect = Effect.flatMap(
            ThreadPoolExecutor.submit(
              pool,
              Effect.andThen(
                Effect.flatMap(ThreadPoolExecutor.submit(pool, inner), wait),
                Effect.yieldNow
              )
            ),
            (future) => Effect.onInterrupt(Future.exit(future), () => Future.interrupt(future))
          )
          return {
            effect,
            check: () =>
              Effect.gen(function*() {
                const after = yield* ThreadPoolExecutor.submit(pool, Effect.succeed("after"))
                assert.strictEqual(yield* Future.result(after), "after")
                yield* ThreadPoolExecutor.shutdown(pool)
                assert.isAtMost(ended, 1)
              })
          }
        }))
        assert.isAbove(operations, 6)
      }))))
  }

  it.effect("submit, waiting for room and interrupted at any operation, leaves its place in the line to the next", () =>
    ThreadGroup.supervise(Effect.scoped(Effect.gen(function*() {
      const operations = yield* interruptEverywhere(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, capacity: 1 })
        const stop = yield* Event.make()
        let [begun, queued] = [0, 0]
        const task = Effect.andThen(Effect.sync(() => begun++), Event.wait(stop))
        yield* ThreadPoolExecutor.submit(pool, task)
        yield* until(() => begun === 1, () => "the worker has a task")
        yield* ThreadPoolExecutor.submit(pool, Effect.void)
        const submitter = Effect.andThen(ThreadPoolExecutor.submit(pool, Effect.void), Effect.sync(() => queued++))
        yield* Effect.forkScoped(Effect.gen(function*() {
          for (let step = 0; step < 3; step++) yield* Effect.yieldNow
          yield* Thread.fork(submitter)
          for (let step = 0; step < 3; step++) yield* Effect.yieldNow
          yield* Event.set(stop)
        }))
        return {
          effect: ThreadPoolExecutor.submit(pool, Effect.void),
          check: (exit: Exit.Exit<Future.Future<void>, unknown>) =>
            Effect.gen(function*() {
              yield* until(() => queued === 1, () => "the one behind has its place")
              if (Exit.isSuccess(exit)) yield* Future.result(exit.value)
              yield* ThreadPoolExecutor.shutdown(pool)
            })
        }
      }))
      assert.isAbove(operations, 3)
    }))))
})
