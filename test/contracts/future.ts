/** What every future does: its states, those who wait for it, its callbacks. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Option, Stream } from "effect"
import { Future, Thread } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import type { Case } from "../support/contract.ts"
import { awaitAll, aWhile } from "./conduct.ts"

export type FutureApi = Pick<
  typeof Future,
  | "make"
  | "result"
  | "exit"
  | "cancel"
  | "setRunning"
  | "complete"
  | "isDone"
  | "isRunning"
  | "isCancelled"
  | "onDone"
  | "wait"
  | "asCompleted"
>

const squash = (exit: Exit.Exit<unknown, unknown>) => Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit

const quietly = Effect.provideService(Logger.CurrentLoggers, new Set())

export const futureCases = (api: FutureApi): ReadonlyArray<Case> => {
  const {
    asCompleted,
    cancel,
    complete,
    exit,
    isCancelled,
    isDone,
    isRunning,
    make,
    onDone,
    result,
    setRunning,
    wait
  } = api

  const states = (future: Future.Any) => Effect.all([isRunning(future), isDone(future), isCancelled(future)])

  /** Each way of waiting for one that ends well. */
  const waits: ReadonlyArray<readonly [name: string, wait: (future: Future.Future<number>) => Effect.Effect<unknown>]> =
    [
      ["result", (future) => Effect.orDie(result(future))],
      ["exit", (future) => exit(future)],
      ["wait", (future) => wait([future])],
      ["asCompleted", (future) => Stream.runDrain(asCompleted([future]))],
      ["result inside a time-out", (future) => Effect.timeoutOption(Effect.orDie(result(future)), "1 hour")]
    ]

  return [
    {
      title: "is pending, then running, then finished, and not cancelled once it runs",
      body: Effect.gen(function*() {
        const future = yield* make<number>()
        assert.deepStrictEqual(yield* states(future), [false, false, false])
        assert.isTrue(yield* setRunning(future))
        assert.isFalse(yield* cancel(future))
        assert.deepStrictEqual(yield* states(future), [true, false, false])
        yield* complete(future, Exit.succeed(1))
        assert.isFalse(yield* cancel(future))
        assert.deepStrictEqual(yield* states(future), [false, true, false])
        assert.strictEqual(yield* result(future), 1)
      })
    },

    {
      title: "cancelled while it is pending, it never runs, and whoever asks for its result fails with CancelledError",
      body: Effect.gen(function*() {
        const future = yield* make<number>()
        const waiter = yield* Thread.fork(Effect.flip(result(future)))
        assert.isTrue(yield* cancel(future))
        assert.isTrue(yield* cancel(future))
        assert.isFalse(yield* setRunning(future))
        assert.deepStrictEqual(yield* states(future), [false, true, true])
        assert.instanceOf(yield* Thread.join(waiter), Future.CancelledError)
        assert.instanceOf(squash(yield* exit(future)), Future.CancelledError)
      })
    },

    {
      title: "result and exit answer as it ended, whether by a value, a failure or a defect",
      body: Effect.gen(function*() {
        for (const end of [Exit.succeed("yes"), Exit.fail("no"), Exit.die("bug")]) {
          const future = yield* make<string, string>()
          const waiter = yield* Thread.fork(exit(future))
          yield* complete(future, end)
          assert.deepStrictEqual(yield* Thread.join(waiter), end)
          assert.deepStrictEqual(yield* Effect.exit(result(future)), end)
        }
      })
    },

    {
      title: "that ends by interruption reads as cancelled, also for its callbacks",
      body: Effect.gen(function*() {
        const future = yield* make<number>()
        const seen: Array<unknown> = []
        yield* onDone(future, (exit) => Effect.sync(() => seen.push(squash(exit))))
        yield* setRunning(future)
        yield* complete(future, Exit.interrupt())
        assert.isTrue(yield* isCancelled(future))
        assert.instanceOf(seen[0], Future.CancelledError)
        assert.instanceOf(yield* Effect.flip(result(future)), Future.CancelledError)
      })
    },

    {
      title: "starts once and is completed once: a second time dies and changes nothing",
      body: Effect.gen(function*() {
        const future = yield* make<number>()
        yield* setRunning(future)
        assert.instanceOf(squash(yield* Effect.exit(setRunning(future))), Future.InvalidStateError)
        yield* complete(future, Exit.succeed(1))
        assert.instanceOf(squash(yield* Effect.exit(complete(future, Exit.succeed(2)))), Future.InvalidStateError)
        assert.match(String(squash(yield* Effect.exit(setRunning(future)))), /finished returned number/)
        assert.strictEqual(yield* result(future), 1)
      })
    },

    {
      title: "wakes everybody who waits for it, in whichever way",
      body: Effect.gen(function*() {
        const future = yield* make<number>()
        const threads = yield* Effect.forEach([...waits, ...waits], ([, wait]) => Thread.fork(wait(future)))
        yield* aWhile
        yield* complete(future, Exit.succeed(1))
        yield* Effect.forEach(threads, (thread) => Thread.join(thread))
      })
    },

    {
      title: "a wait that times out or is interrupted leaves it, and those who wait beside it, alone",
      body: Effect.gen(function*() {
        const future = yield* make<number>()
        const other = yield* Thread.fork(result(future))
        assert.deepStrictEqual(yield* Effect.timeoutOption(result(future), 0), Option.none())
        const interrupted = yield* Thread.fork(result(future))
        yield* Effect.yieldNow
        yield* Thread.interrupt(interrupted)
        assert.deepStrictEqual(yield* states(future), [false, false, false])
        yield* complete(future, Exit.succeed(1))
        assert.strictEqual(yield* Thread.join(other), 1)
      })
    },

    ...waits.map(([name, wait]): Case => ({
      title: `${name}, interrupted at any operation, leaves those who wait beside it alone`,
      schedules: 5,
      body: Effect.gen(function*() {
        const operations = yield* interruptEverywhere(Effect.gen(function*() {
          const future = yield* make<number>()
          const other = yield* Thread.fork(result(future))
          yield* Thread.fork(Effect.gen(function*() {
            for (let step = 0; step < 4; step++) yield* Effect.yieldNow
            yield* complete(future, Exit.succeed(1))
          }))
          return {
            effect: Effect.andThen(Effect.yieldNow, wait(future)),
            check: () => Effect.map(Thread.join(other), (answer) => assert.strictEqual(answer, 1))
          }
        }))
        assert.isAbove(operations, 3)
      })
    })),

    {
      title: "callbacks run once, in the order they were added, and one that fails stops nobody",
      body: quietly(Effect.gen(function*() {
        const future = yield* make<number>()
        const ran: Array<string> = []
        const add = (name: string, then: Effect.Effect<unknown, string> = Effect.void) =>
          onDone(future, () => Effect.andThen(Effect.sync(() => ran.push(name)), then))
        yield* add("first")
        yield* add("failing", Effect.fail("no"))
        yield* add("dying", Effect.die("bug"))
        yield* add("last", Effect.yieldNow)
        yield* complete(future, Exit.succeed(1))
        yield* add("late")
        assert.deepStrictEqual(ran, ["first", "failing", "dying", "last", "late"])
      }))
    },

    {
      title: "wait ends at once where nothing is left to wait for, and firstException goes on to the failure",
      body: Effect.gen(function*() {
        const [cancelled, pending] = [yield* make<never>(), yield* make<never, string>()]
        yield* cancel(cancelled)
        assert.deepStrictEqual(yield* wait([cancelled]), { done: [cancelled], notDone: [] })
        assert.deepStrictEqual(yield* Stream.runCollect(asCompleted([cancelled])), [cancelled])
        assert.deepStrictEqual(yield* wait([pending, cancelled], { returnWhen: "firstCompleted" }), {
          done: [cancelled],
          notDone: [pending]
        })
        const waiter = yield* Thread.fork(wait([cancelled, pending], { returnWhen: "firstException" }))
        yield* aWhile
        assert.isTrue(yield* Thread.isAlive(waiter))
        yield* complete(pending, Exit.fail("no"))
        assert.deepStrictEqual(yield* Thread.join(waiter), { done: [cancelled, pending], notDone: [] })
        assert.strictEqual(yield* Effect.flip(result(pending)), "no")
      })
    },

    {
      title: "waiting for several ends, in whichever way, when they are cancelled meanwhile",
      body: Effect.gen(function*() {
        const [one, other] = [yield* make<never>(), yield* make<never>()]
        const threads = [
          yield* Thread.fork(wait([one, other])),
          yield* Thread.fork(Stream.runCollect(asCompleted([one, other]))),
          yield* Thread.fork(exit(other))
        ]
        yield* aWhile
        yield* cancel(one)
        yield* cancel(other)
        yield* awaitAll(threads)
      })
    },

    {
      title: "asCompleted gives each once, in the order in which they end, those that are done already first",
      body: Effect.gen(function*() {
        const [first, second, third] = [yield* make<number>(), yield* make<number>(), yield* make<number>()]
        yield* complete(third, Exit.succeed(3))
        const reader = yield* Thread.fork(
          Stream.runCollect(Stream.mapEffect(asCompleted([first, second, third, first]), result))
        )
        yield* aWhile
        yield* complete(second, Exit.succeed(2))
        yield* complete(first, Exit.succeed(1))
        const seen = yield* Thread.join(reader)
        assert.deepStrictEqual(seen.toSorted(), [1, 2, 3])
        // Not begun before the last ended, it gives them as they were passed.
        if (seen[0] === 3) assert.deepStrictEqual(seen, [3, 2, 1])
      })
    },

    {
      title: "either it is cancelled or it runs, whoever is first",
      preemptions: 2,
      body: Effect.gen(function*() {
        const future = yield* make<number>()
        const canceller = yield* Thread.fork(cancel(future))
        const runs = yield* setRunning(future)
        if (runs) yield* complete(future, Exit.succeed(1))
        assert.strictEqual(yield* Thread.join(canceller), !runs)
        assert.strictEqual(yield* isCancelled(future), !runs)
      })
    },

    {
      title: "two threads that wait for it while it is completed both go on",
      preemptions: 2,
      body: Effect.gen(function*() {
        const future = yield* make<number>()
        const [first, second] = [yield* Thread.fork(result(future)), yield* Thread.fork(result(future))]
        yield* complete(future, Exit.succeed(1))
        assert.deepStrictEqual([yield* Thread.join(first), yield* Thread.join(second)], [1, 1])
      })
    },

    {
      title: "a callback that is added while it is completed runs exactly once",
      preemptions: 2,
      body: Effect.gen(function*() {
        const future = yield* make<number>()
        let calls = 0
        const adder = yield* Thread.fork(onDone(future, () => Effect.sync(() => calls++)))
        yield* complete(future, Exit.succeed(1))
        yield* Thread.join(adder)
        assert.strictEqual(calls, 1)
      })
    }
  ]
}
