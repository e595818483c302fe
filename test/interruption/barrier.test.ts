/** Barriers and events under many interleavings and interruptions. */
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { Barrier, Event, Thread, ThreadGroup } from "effect-threading"
import { explore } from "../support/explore.ts"
import type { Run } from "../support/explore.ts"
import { waiting } from "../support/waiters.ts"

vi.setConfig({ testTimeout: 60_000 })

const dawdle = ({ random }: Run): Effect.Effect<void> =>
  Effect.forEach(Array(random.below(4)), () => Effect.yieldNow, { discard: true })

/** What a round of a barrier saw: who came before it opened, and the order that they were told. */
const makeRounds = (parties: number) => {
  const arrived: Array<number> = []
  const told: Array<Array<number>> = []
  return {
    arrive: (round: number) => arrived[round] = (arrived[round] ?? 0) + 1,
    leave: (round: number, index: number) => {
      assert.strictEqual(arrived[round], parties, "all had come")
      ;(told[round] ??= []).push(index)
    },
    check: (rounds: number) => {
      const everybody = Array.from({ length: parties }, (_, index) => index)
      assert.deepStrictEqual(told.map((indices) => indices.sort()), Array(rounds).fill(everybody))
    }
  }
}

describe("a barrier under many interleavings", () => {
  it("has all parties in each round, also with an action, and each is told another place", () =>
    explore({
      seeds: 1500,
      program: (run) =>
        Effect.gen(function*() {
          const parties = 1 + run.random.below(4)
          const rounds = makeRounds(parties)
          let isActing = false
          const action = Effect.acquireUseRelease(
            Effect.sync(() => isActing = true),
            () => dawdle(run),
            () => Effect.sync(() => isActing = false)
          )
          const barrier = yield* Barrier.make(parties, run.random.chance(0.5) ? { action } : {})
          const party = Effect.gen(function*() {
            for (let round = 0; round < 4; round++) {
              yield* dawdle(run)
              rounds.arrive(round)
              const index = yield* Barrier.wait(barrier)
              assert.isFalse(isActing)
              rounds.leave(round, index)
            }
          })
          yield* Effect.all(Array.from({ length: parties }, () => party), { concurrency: "unbounded" })
          rounds.check(4)
          assert.isFalse(yield* Barrier.isBroken(barrier))
        })
    }))

  it("with more fibers than parties, each round still has as many as it is for, and its action runs once", () =>
    explore({
      seeds: 1500,
      program: (run) =>
        Effect.gen(function*() {
          const parties = 1 + run.random.below(3)
          let [actions, isActing, passed] = [0, false, 0]
          const action = Effect.acquireUseRelease(
            Effect.sync(() => {
              assert.isFalse(isActing)
              isActing = true
              actions++
            }),
            () => dawdle(run),
            () => Effect.sync(() => isActing = false)
          )
          const barrier = yield* Barrier.make(parties, { action })
          const party = Effect.andThen(
            dawdle(run),
            Effect.tap(Barrier.wait(barrier), () => Effect.sync(() => assert.isAtMost(++passed, actions * parties)))
          )
          yield* Effect.all(Array.from({ length: 3 * parties }, () => party), { concurrency: "unbounded" })
          assert.deepStrictEqual([actions, passed, waiting(barrier)], [3, 3 * parties, 0])
        })
    }))

  it("with interruptions, time-outs, aborts and resets never leaves anybody waiting, and is whole after a reset", () =>
    explore({
      seeds: 2000,
      interrupts: 0.01,
      program: (run) =>
        ThreadGroup.supervise(Effect.gen(function*() {
          const { random } = run
          const parties = 2 + random.below(2)
          let failures = 0.2
          const action = Effect.suspend(() => random.chance(failures) ? Effect.fail("no") : dawdle(run))
          const barrier: Barrier.Barrier<string> = yield* Barrier.make(parties, random.chance(0.5) ? { action } : {})
          const party = Effect.gen(function*() {
            for (let round = 0; round < 3; round++) {
              yield* dawdle(run)
              const wait = Barrier.wait(barrier)
              yield* Effect.exit(
                random.chance(0.2)
                  ? Effect.asVoid(Effect.timeoutOption(wait, 1 + random.below(9)))
                  : Effect.asVoid(wait)
              )
            }
          })
          const threads: Array<Thread.Thread<void>> = []
          for (let index = 0; index < parties; index++) threads.push(yield* Thread.fork(run.exposed(party)))
          if (random.chance(0.5)) {
            threads.push(
              yield* Thread.fork(Effect.andThen(
                dawdle(run),
                random.chance(0.5)
                  ? Barrier.abort(barrier)
                  : Barrier.reset(barrier)
              ))
            )
          }
          // Whoever is left when the others are gone has nobody to wait for: the rest of its rounds must end, too.
          const ends = Effect.forEach(threads, (thread) => Thread.await(thread))
          const breaker = yield* Thread.fork(
            Effect.forever(Effect.andThen(Effect.sleep("1 hour"), Barrier.abort(barrier)))
          )
          const exits = yield* ends
          yield* Thread.interrupt(breaker)
          for (const exit of exits) if (Exit.isFailure(exit)) assert.notInclude(String(exit), "Die")
          assert.strictEqual(waiting(barrier), 0)
          yield* Barrier.reset(barrier)
          failures = 0
          yield* Effect.all(Array.from({ length: parties }, () => Barrier.wait(barrier)), { concurrency: "unbounded" })
          assert.isFalse(yield* Barrier.isBroken(barrier))
        }))
    }))
})

describe("an event under many interleavings", () => {
  it("wakes everybody that waits when it is set, also if it is cleared at once, whoever is interrupted", () =>
    explore({
      seeds: 1500,
      interrupts: 0.02,
      program: (run) =>
        ThreadGroup.supervise(Effect.gen(function*() {
          const event = yield* Event.make()
          let sets = 0
          const waiter = Effect.gen(function*() {
            for (let round = 0; round < 3; round++) {
              yield* dawdle(run)
              yield* Event.wait(event)
              assert.isAbove(sets, 0)
            }
          })
          const threads: Array<Thread.Thread<void>> = []
          for (let index = 0; index < 4; index++) {
            threads.push(yield* Thread.fork(index === 0 ? waiter : run.exposed(waiter)))
          }
          const setter = yield* Thread.fork(Effect.forever(Effect.gen(function*() {
            sets++
            yield* Event.set(event)
            yield* Event.clear(event)
            yield* dawdle(run)
            yield* Effect.yieldNow
          })))
          const exits = yield* Effect.forEach(threads, (thread) => Thread.await(thread))
          for (const exit of exits) if (Exit.isFailure(exit)) assert.notInclude(String(exit), "Die")
          yield* Thread.interrupt(setter)
          assert.strictEqual(waiting(event), 0)
        }))
    }))
})
