/** Regions of threads at random: forks, daemons, failures, joins and interruptions. No thread is left, nothing hangs. */
import { assert, describe, it, vi } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import { explore } from "../support/explore.ts"
import type { Run } from "../support/explore.ts"
import { nobodyLeft } from "../support/threads.ts"

vi.setConfig({ testTimeout: 60_000 })

/** A tree of threads, chosen at random; counts the finalizers that it owes. */
const makeTree = (run: Run) => {
  const { random } = run
  const books = { started: 0, finalized: 0, reported: new Set<unknown>(), wrong: [] as Array<string> }
  const dawdle = Effect.suspend(() =>
    Effect.forEach(
      Array(random.below(4)),
      () => random.chance(0.3) ? Effect.sleep(1 + random.below(5)) : Effect.yieldNow,
      { discard: true }
    )
  )
  const ending = Effect.suspend((): Effect.Effect<void, string> => {
    switch (random.below(6)) {
      case 0:
        return Effect.fail("failed")
      case 1:
        return Effect.die("died")
      case 2:
        return Effect.interrupt
      default:
        return Effect.void
    }
  })
  const join = (thread: Thread.Thread<void, string>) =>
    Effect.tap(Effect.exit(random.chance(0.5) ? Thread.join(thread) : Thread.await(thread)), () => {
      // Told at the end: in here, a failed assertion would be one more thread that dies.
      const state = Effect.runSync(Thread.state(thread))
      if (state._tag !== "Terminated") books.wrong.push(`${thread} was joined before it ended`)
      else if (
        Exit.isFailure(state.exit) && !Cause.hasInterruptsOnly(state.exit.cause) && !books.reported.has(thread)
      ) {
        books.wrong.push(`${thread} was joined before its failure was reported`)
      }
      return Effect.void
    })
  const body = (depth: number): Effect.Effect<void, string, ThreadGroup.ThreadGroup> =>
    Effect.acquireUseRelease(
      Effect.sync(() => books.started++),
      () =>
        Effect.gen(function*() {
          const threads: Array<Thread.Thread<void, string>> = []
          for (let count = depth === 0 ? 0 : random.below(3); count > 0; count--) {
            const isEndless = random.chance(0.15)
            const child = isEndless ? Effect.andThen(body(depth - 1), Effect.never) : body(depth - 1)
            const daemon = isEndless || random.chance(0.2)
            // Otherwise it is one if its maker is.
            const options = daemon || random.chance(0.3) ? { daemon } : {}
            threads.push(yield* Thread.fork(random.chance(0.3) ? run.exposed(child) : child, options))
            yield* dawdle
          }
          for (const thread of threads) {
            if (random.chance(0.2)) yield* Thread.interrupt(thread)
            else if (random.chance(0.3) && !thread.daemon) yield* join(thread)
          }
          yield* dawdle
          yield* ending
        }),
      () =>
        Effect.gen(function*() {
          yield* dawdle
          // While its region is closing, it cannot start a thread any more, and dies of it; before, it can.
          if (random.chance(0.2)) yield* Effect.exit(Thread.fork(Effect.never, { daemon: true }))
          books.finalized++
        })
    )
  const hook = ({ thread }: { readonly thread: Thread.Thread<unknown, unknown> }) =>
    Effect.andThen(dawdle, Effect.sync(() => books.reported.add(thread)))
  return { books, body, hook, dawdle }
}

describe("a region under many interleavings", () => {
  for (const form of ["supervise", "nursery"] as const) {
    it(`${form} leaves no thread, runs every finalizer and ends, whatever fails or is interrupted`, async () => {
      const { interrupts } = await explore({
        seeds: 3000,
        interrupts: 0.01,
        program: (run) =>
          Effect.gen(function*() {
            const { body, books, hook } = makeTree(run)
            const tree = body(3)
            const region: Effect.Effect<void, unknown> = form === "supervise"
              ? ThreadGroup.supervise(tree)
              : ThreadGroup.nursery(tree)
            const fiber = yield* Effect.forkChild(
              Effect.provideService(run.random.chance(0.5) ? run.exposed(region) : region, Thread.ExceptHook, hook)
            )
            yield* Fiber.await(fiber)
            yield* nobodyLeft
            assert.strictEqual(books.finalized, books.started)
            assert.deepStrictEqual(books.wrong, [])
          })
      })
      assert.isAbove(interrupts, 500)
    })
  }

  it("regions nest, and the outer one's interruption reaches the threads of the inner one", () =>
    explore({
      seeds: 1000,
      interrupts: 0.02,
      program: (run) =>
        Effect.gen(function*() {
          const { body, books, hook } = makeTree(run)
          const inner = Effect.exit(ThreadGroup.supervise(body(2)))
          const outer = ThreadGroup.supervise(Effect.andThen(
            Thread.fork(Effect.andThen(inner, body(1))),
            Effect.exit(body(1))
          ))
          const fiber = yield* Effect.forkChild(run.exposed(Effect.provideService(outer, Thread.ExceptHook, hook)))
          yield* Fiber.await(fiber)
          yield* nobodyLeft
          assert.strictEqual(books.finalized, books.started)
          assert.deepStrictEqual(books.wrong, [])
        })
    }))

  it("waits for every non-daemon thread when nobody is interrupted, and its main exit is the region's", () =>
    explore({
      seeds: 1000,
      program: (run) =>
        Effect.gen(function*() {
          const done: Array<string> = []
          const { dawdle } = makeTree(run)
          const program = Effect.gen(function*() {
            yield* Thread.fork(Effect.never, { daemon: true })
            yield* Thread.fork(Effect.gen(function*() {
              yield* dawdle
              yield* Thread.fork(Effect.andThen(dawdle, Effect.sync(() => done.push("grandchild"))))
              done.push("child")
            }))
            return "main"
          })
          assert.strictEqual(yield* ThreadGroup.supervise(program), "main")
          assert.deepStrictEqual([...done].sort(), ["child", "grandchild"])
          yield* nobodyLeft
        })
    }))
})

describe("a region that is interrupted at any operation", () => {
  it.effect("ends with all its threads, daemons and their finalizers", () =>
    Effect.gen(function*() {
      const operations = yield* interruptEverywhere(Effect.gen(function*() {
        let [started, finalized] = [0, 0]
        const counted = <A, E, R>(body: Effect.Effect<A, E, R>) =>
          Effect.acquireUseRelease(
            Effect.sync(() => started++),
            () => body,
            () => Effect.andThen(Effect.yieldNow, Effect.sync(() => finalized++))
          )
        const stop = yield* Event.make()
        const program = counted(Effect.gen(function*() {
          yield* Thread.fork(counted(Effect.never), { daemon: true })
          const child = yield* Thread.fork(
            counted(Effect.andThen(Event.wait(stop), Thread.fork(counted(Effect.yieldNow))))
          )
          yield* Effect.yieldNow
          yield* Event.set(stop)
          yield* Thread.join(child)
        }))
        return {
          effect: ThreadGroup.supervise(program),
          check: () => Effect.andThen(nobodyLeft, Effect.sync(() => assert.strictEqual(finalized, started)))
        }
      }))
      assert.isAbove(operations, 30)
    }))

  it.effect("join and await, interrupted at any operation, leave the joined thread and its other joiners alone", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const operations = yield* interruptEverywhere(Effect.gen(function*() {
        const stop = yield* Event.make()
        const thread = yield* Thread.fork(Effect.as(Event.wait(stop), "done"))
        const other = yield* Thread.fork(Thread.join(thread))
        yield* Effect.forkScoped(Effect.gen(function*() {
          for (let step = 0; step < 4; step++) yield* Effect.yieldNow
          yield* Event.set(stop)
        }))
        const effect = Effect.andThen(Effect.timeoutOption(Thread.await(thread), "1 hour"), Thread.join(thread))
        return {
          effect,
          check: () => Effect.map(Thread.join(other), (answer) => assert.strictEqual(answer, "done"))
        }
      }))
      assert.isAbove(operations, 10)
    })))
})
