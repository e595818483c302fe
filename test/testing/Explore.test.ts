import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  ConfigProvider,
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Option,
  Queue,
  Random,
  Scope,
  Semaphore
} from "effect"
import type { ThreadGroup } from "effect-threading"
import { Deadlock, Event, Future, Lock, Semaphore as Permits, Thread, ThreadPoolExecutor } from "effect-threading"
import { Explore } from "effect-threading/testing"
import { TestClock } from "effect/testing"
import {
  counter,
  lockedCounter,
  lostUpdate,
  oppositeOrder,
  plainLostUpdate,
  plainOppositeOrder,
  together
} from "./programs.ts"

const strategies = ["random", "pct", "exhaustive"] as const

const found = <E>(
  program: Effect.Effect<unknown, E, ThreadGroup.ThreadGroup | Scope.Scope>,
  options?: Explore.Options
) => Effect.flip(Explore.check(program, options))

const defectOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert(Exit.isFailure(exit))
    return exit.cause.reasons.find(Cause.isDieReason)?.defect
  })

describe("Explore.check", () => {
  for (const strategy of strategies) {
    describe(strategy, () => {
      for (
        const [what, program, kind] of [
          ["a lost update", lostUpdate, "failure"],
          ["a lost update in a plain Effect program", plainLostUpdate, "failure"],
          ["two locks taken in opposite order", oppositeOrder, "deadlock"],
          ["two semaphores of Effect's taken in opposite order", plainOppositeOrder, "deadlock"]
        ] as const
      ) {
        it.effect(`finds ${what}, and its schedule replays it`, () =>
          Effect.gen(function*() {
            const error = yield* Effect.flip(Explore.check(program, { strategy }))
            assert.strictEqual(error.kind, kind)
            const again = yield* Effect.flip(Explore.replay(program, error.schedule))
            assert.deepStrictEqual([again.kind, again.table], [kind, error.table])
          }))
      }

      it.effect("finds nothing in a program that is right", () =>
        Effect.gen(function*() {
          const report = yield* Explore.check(lockedCounter(2), { strategy, schedules: 3_000 })
          assert.isAbove(report.schedules, 100)
          assert.isAbove(report.operations, report.schedules * 20)
        }))

      it.effect("takes the same way for the same seed", () =>
        Effect.gen(function*() {
          const ways: Array<string> = []
          const program = Effect.gen(function*() {
            let way = ""
            const walk = (name: string) =>
              Effect.forEach(
                [1, 2, 3],
                () =>
                  Effect.andThen(
                    Effect.sync(() => way += name),
                    Effect.flatMap(Random.nextBoolean, (sleeps) => sleeps ? Effect.sleep("1 hour") : Effect.yieldNow)
                  )
              )
            yield* together(walk("a"), walk("b"), walk("c"))
            ways.push(way)
          })
          // Depth first, neighbouring schedules are alike.
          const schedules = strategy === "exhaustive" ? 3_000 : 40
          const options = { strategy, schedules, time: "any", seed: 7 } as const
          const first = yield* Explore.check(program, options)
          assert.deepStrictEqual(yield* Explore.check(program, options), first)
          assert.isAtLeast(ways.length, 2 * first.schedules)
          assert.deepStrictEqual(ways.slice(ways.length / 2), ways.slice(0, ways.length / 2))
          assert.isAbove(new Set(ways).size, 5)
        }))
    })
  }

  it.effect("runs the three threads of a counter under every schedule with one preemption", () =>
    Effect.gen(function*() {
      const report = yield* Explore.check(lockedCounter(3), { strategy: "exhaustive", preemptions: 1 })
      assert.isTrue(report.isComplete)
      assert.isAbove(report.schedules, 300)
      const error = yield* Effect.flip(
        Explore.check(counter(3, (body) => body), { strategy: "exhaustive", preemptions: 1 })
      )
      assert.strictEqual(error.kind, "failure")
    }))

  it.effect("finds what takes two preemptions with a bound of two, and not with a bound of one", () =>
    Effect.gen(function*() {
      const program = Effect.gen(function*() {
        let [first, second, isBad] = [false, false, false]
        const steps = Effect.replicateEffect(Effect.sync(() => {}), 4, { discard: true })
        yield* together(
          Effect.gen(function*() {
            yield* steps
            first = true
            yield* steps
            first = false
            yield* steps
          }),
          Effect.gen(function*() {
            yield* steps
            if (first) second = true
            yield* steps
            if (second && !first) isBad = true
          })
        )
        assert.isFalse(isBad)
      })
      const bounded = yield* Explore.check(program, { strategy: "exhaustive", preemptions: 1 })
      assert.isTrue(bounded.isComplete)
      assert.strictEqual((yield* found(program, { strategy: "exhaustive", preemptions: 2 })).kind, "failure")
    }))

  it.effect("names each thread of a deadlock, what it waits for and who has it", () =>
    Effect.gen(function*() {
      const error = yield* found(oppositeOrder)
      assert.instanceOf(error.cause, Deadlock.DeadlockError)
      assert.match(error.summary, /a waits for right,.*\n.*held by b/)
      assert.match(error.summary, /b waits for left,.*\n.*held by a/)
      const stuck = yield* found(Effect.provideService(oppositeOrder, Deadlock.Policy, "off"))
      assert.strictEqual(stuck.kind, "deadlock")
      assert.match(stuck.summary, /a waits for Lock right, held by b\n\s+b waits for Lock left, held by a/)
    }))

  it.effect("finds a wait for what nobody does, in a queue or a deferred of Effect's too", () =>
    Effect.gen(function*() {
      const missed = Effect.gen(function*() {
        const queue = yield* Queue.unbounded<number>()
        const signal = yield* Deferred.make<void>()
        let isReady = false
        yield* together(
          Effect.gen(function*() {
            // Looks, and only then waits: in between, nobody would tell.
            const seen = yield* Effect.sync(() => isReady)
            yield* Effect.void
            yield* seen ? Effect.void : Deferred.await(signal)
            return yield* Queue.take(queue)
          }),
          Effect.gen(function*() {
            yield* Effect.sync(() => isReady = true)
            yield* Queue.offer(queue, 1)
          })
        )
      })
      assert.strictEqual((yield* found(missed)).kind, "deadlock")
    }))

  it.effect("finds fibers that keep one another busy, and one that never lets go", () =>
    Effect.gen(function*() {
      const spin = yield* found(Effect.forever(Effect.yieldNow), { operations: 5_000 })
      assert.strictEqual(spin.kind, "livelock")
      const busy = yield* found(Effect.forever(Effect.void, { disableYield: true }), { operations: 5_000 })
      assert.strictEqual(busy.kind, "livelock")
    }))

  for (const strategy of strategies) {
    it.effect(`${strategy}: does not take a loop that polls for one that never ends`, () =>
      Explore.check(
        Effect.gen(function*() {
          let isReady = false
          const poll: Effect.Effect<void> = Effect.suspend(() =>
            isReady ? Effect.void : Effect.flatMap(Effect.yieldNow, () => poll)
          )
          yield* together(poll, poll, Effect.sync(() => isReady = true))
        }),
        { strategy, schedules: 500, operations: 20_000 }
      ))
  }

  it.effect("finds locks that are still held and fibers that go on when the program has ended", () =>
    Effect.gen(function*() {
      const lock = yield* found(Effect.flatMap(Lock.make({ name: "door" }), Lock.acquire))
      assert.deepStrictEqual([lock.kind, lock.summary], ["leak", "door is still held"])
      const fiber = yield* found(Effect.forkDetach(Effect.never))
      assert.match(fiber.summary, /fiber #\d+ has not ended/)
      yield* Explore.check(Effect.forkDetach(Effect.never), { leaks: "ignore", schedules: 10 })
    }))

  it.effect("finds failures of threads and futures that nobody asked about", () =>
    Effect.gen(function*() {
      const thread = yield* found(Thread.fork(Effect.fail("no bread"), { name: "baker" }))
      assert.strictEqual(thread.kind, "unobserved")
      assert.match(thread.summary, /Thread baker failed and nobody asked for its result: .*no bread/)
      const future = yield* found(Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
        yield* ThreadPoolExecutor.submit(pool, Effect.fail("no bread"))
      }))
      assert.strictEqual(future.kind, "unobserved")
      yield* Explore.check(
        Effect.gen(function*() {
          const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })
          const failing = yield* ThreadPoolExecutor.submit(pool, Effect.fail("no bread"))
          yield* Effect.exit(Future.result(failing))
          yield* Effect.exit(Effect.flatMap(Thread.fork(Effect.fail("no bread")), (thread) => Thread.join(thread)))
        }),
        { schedules: 100 }
      )
    }))

  it.effect("takes an initializer's failure for told: by each future of the executor, and by submit", () =>
    Explore.check(
      Effect.gen(function*() {
        const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1, initializer: Effect.fail("no flour") })
        const exit = yield* Effect.exit(Effect.flatMap(ThreadPoolExecutor.submit(pool, Effect.void), Future.result))
        assert.isTrue(Exit.isFailure(exit))
      }),
      { schedules: 100 }
    ))

  it.effect("lets time pass when nobody can go on, or at any moment if asked to", () =>
    Effect.gen(function*() {
      const seen = new Set<string>()
      const program = Effect.map(
        Effect.timeoutOption(Effect.replicateEffect(Effect.yieldNow, 5), "1 hour"),
        (answer) => seen.add(answer._tag)
      )
      yield* Explore.check(program, { schedules: 200 })
      assert.deepStrictEqual([...seen], ["Some"])
      yield* Explore.check(program, { schedules: 200, time: "any" })
      assert.deepStrictEqual([...seen].sort(), ["None", "Some"])
      yield* Explore.check(
        Effect.gen(function*() {
          const start = yield* Clock.currentTimeMillis
          yield* Effect.all([Effect.sleep("2 hours"), Effect.sleep("1 day")], { concurrency: "unbounded" })
          assert.strictEqual((yield* Clock.currentTimeMillis) - start, 86_400_000)
        }),
        { schedules: 50 }
      )
    }))

  it.effect("explores programs that adjust a test clock", () =>
    Explore.check(
      Effect.gen(function*() {
        let woke = false
        const sleeper = yield* Effect.forkChild(
          Effect.andThen(Effect.sleep("1 minute"), Effect.sync(() => woke = true))
        )
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(sleeper)
        assert.isTrue(woke)
      }),
      { schedules: 200 }
    ))

  it.effect("interrupts the fibers that are exposed to it, at any moment", () =>
    Effect.gen(function*() {
      const lossy = Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const use = Effect.andThen(
          semaphore.take(1),
          Effect.ensuring(Effect.replicateEffect(Effect.yieldNow, 2), semaphore.release(1))
        )
        const fiber = yield* Effect.forkChild(Explore.exposed(use))
        yield* Fiber.await(fiber)
        const isFree = yield* semaphore.withPermitsIfAvailable(1)(Effect.void)
        assert.isTrue(Option.isSome(isFree), "a permit was lost")
      })
      const error = yield* found(lossy, { interrupts: 0.05 })
      assert.match(error.table, /interrupted/)
      const sound = Effect.gen(function*() {
        const permits = yield* Permits.make(1)
        const fiber = yield* Effect.forkChild(
          Explore.exposed(Permits.withPermit(permits, Effect.replicateEffect(Effect.yieldNow, 2)))
        )
        yield* Fiber.await(fiber)
        assert.strictEqual(yield* Permits.value(permits), 1)
      })
      for (const strategy of strategies) {
        const { interrupts } = yield* Explore.check(sound, { strategy, interrupts: 0.05, schedules: 500 })
        assert.isAbove(interrupts, 20)
      }
    }))

  it.effect("gives the program the services of the caller, and nothing of the caller's thread", () =>
    Effect.gen(function*() {
      class Price extends Context.Service<Price, number>()("Price") {}
      const program = Effect.gen(function*() {
        assert.strictEqual(yield* Price, 3)
        assert.strictEqual((yield* Thread.current).name, "MainThread")
      })
      yield* Explore.check(program, { schedules: 5 }).pipe(Effect.provideService(Price, 3))
    }))

  it.effect("does not take what waits for a promise for stuck", () =>
    Explore.check(Effect.promise(() => new Promise((resolve) => setImmediate(resolve))), { schedules: 2 }))

  it.effect("says so when a program does not depend on the schedule alone", () =>
    Effect.gen(function*() {
      let runs = 0
      const program = Effect.suspend(() => {
        const yields = ++runs % 3
        return together(Effect.replicateEffect(Effect.yieldNow, yields), Effect.yieldNow)
      })
      const defect = yield* defectOf(Explore.check(program, { strategy: "exhaustive" }))
      assert.match(String(defect), /depends on something besides the schedule/)
    }))

  it.effect("runs one seed alone if the configuration says so", () =>
    Effect.gen(function*() {
      const only = (seed: string) =>
        Effect.provide(
          Effect.exit(Explore.check(lostUpdate)),
          ConfigProvider.layer(ConfigProvider.fromEnv({ env: { EXPLORE_SEED: seed } }))
        )
      const { seed } = yield* found(lostUpdate)
      const exit = yield* only(String(seed))
      assert(Exit.isFailure(exit))
      assert.deepInclude(Cause.squash(exit.cause), { seed, schedules: 1 })
      assert.match(String(yield* only("soon")), /EXPLORE_SEED is .*Use a whole number/)
    }))

  it.effect("refuses options that mean nothing, naming them", () =>
    Effect.gen(function*() {
      for (
        const [option, value] of [["schedules", 0], ["seed", -1], ["preemptions", 0.5], ["interrupts", 2]] as const
      ) {
        const defect = yield* defectOf(Explore.check(Effect.void, { [option]: value }))
        assert.instanceOf(defect, Explore.InvalidExplorationError)
        assert.include(defect.message, option)
      }
      const defect = yield* defectOf(Explore.replay(Effect.void, "1/x"))
      assert.match(String(defect), /schedule is "1\/x"/)
    }))
})

describe("what is found", () => {
  it.effect("is the shortest schedule: a lost update takes one preemption", () =>
    Effect.gen(function*() {
      const { schedule, table } = yield* found(lostUpdate)
      assert.strictEqual(schedule.match(/:/g)?.length, 1, schedule)
      assert.match(table, /a .* b/)
      assert.strictEqual(table.match(/preempted/g)?.length, 1, table)
      assert.strictEqual(table.match(/“read 0”/g)?.length, 2, table)
    }))

  it.effect("is told with the seed, the schedule and a table of who did what", () =>
    Effect.gen(function*() {
      const { message, schedule, seed } = yield* found(oppositeOrder)
      assert.include(message, `EXPLORE_SEED=${seed}`)
      assert.include(message, `Explore.replay(program, "${schedule}")`)
      for (const note of ["starts a", "acquires left", "acquires right", "waits for right"]) {
        assert.include(message, note)
      }
    }))

  it.effect("is found again by its seed with the same options", () =>
    Effect.gen(function*() {
      const { seed, table } = yield* found(lostUpdate, { seed: 100 })
      assert.isAtLeast(seed, 100)
      assert.strictEqual((yield* Effect.flip(Explore.replay(lostUpdate, seed))).table, table)
    }))

  it.effect("is over once the program is mended", () =>
    Effect.gen(function*() {
      const { schedule } = yield* found(lostUpdate)
      const report = yield* Explore.replay(lockedCounter(2), schedule)
      assert.strictEqual(report.schedules, 1)
    }))

  it.effect("leaves nothing behind: what was stuck is interrupted, its finalizers run", () =>
    Effect.gen(function*() {
      let finalized = 0
      const program = Effect.gen(function*() {
        const event = yield* Event.make()
        yield* Effect.ensuring(Event.wait(event), Effect.sync(() => finalized++))
      })
      yield* found(program, { shrinks: 0 })
      assert.isAbove(finalized, 0)
      assert.deepStrictEqual(yield* Thread.enumerate, [])
    }))
})

describe("Explore.exposed", () => {
  it.effect("is just the effect outside of an exploration", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      assert.strictEqual(yield* Explore.exposed(Effect.succeed(1)), 1)
      yield* Scope.close(scope, Exit.void)
    }))
})
