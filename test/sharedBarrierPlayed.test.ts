import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import { barrierCases } from "./contracts/barrier.ts"
import { everywhere, sharedBarriers } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { explore } from "./support/explore.ts"
import type { Run } from "./support/explore.ts"
import { playWakeUps } from "./support/osThreads.ts"
import { waiting } from "./support/waiters.ts"

playWakeUps()

const barriers = sharedBarriers(everywhere)

contract("shared Barrier, several OS threads", barrierCases(barriers, { acts: false }))

const dawdle = ({ random }: Run): Effect.Effect<void> =>
  Effect.suspend(() => Effect.replicateEffect(Effect.yieldNow, random.below(4), { discard: true }))

const forkAll = (parties: number, party: Effect.Effect<void>) =>
  Effect.all(Array.from({ length: parties }, () => Thread.fork(party)))

describe("a shared barrier under many interleavings of several OS threads", () => {
  it("with more fibers than parties, each round has as many as it is for, each in another place", () =>
    explore({
      seeds: 500,
      program: (run) =>
        Effect.gen(function*() {
          const parties = 1 + run.random.below(4)
          const barrier = yield* barriers.make(parties)
          const passed = Array<number>(parties).fill(0)
          let came = 0
          const party = Effect.gen(function*() {
            yield* dawdle(run)
            came++
            passed[yield* Effect.orDie(barriers.wait(barrier))]!++
            const all = passed.reduce((sum, count) => sum + count)
            assert.isAtMost(all, came - came % parties, "only full rounds have passed")
          })
          const threads = yield* forkAll(3 * parties, party)
          yield* Effect.forEach(threads, (thread) => Thread.join(thread))
          assert.deepStrictEqual(passed, Array<number>(parties).fill(3))
          assert.strictEqual(waiting(barrier), 0)
        })
    }), 60_000)

  it(
    "aborts and resets never mix two rounds: each that somebody passes all pass, each in another place",
    () =>
      explore({
        seeds: 700,
        program: (run) =>
          Effect.gen(function*() {
            const { random } = run
            const parties = 2 + random.below(3)
            const barrier = yield* barriers.make(parties)
            const passed = Array<number>(parties).fill(0)
            const party = Effect.gen(function*() {
              for (let round = 0; round < 3; round++) {
                yield* dawdle(run)
                const exit = yield* Effect.exit(barriers.wait(barrier))
                if (Exit.isSuccess(exit)) passed[exit.value]!++
                else assert.match(String(exit), /BrokenBarrierError/)
              }
            })
            const threads = yield* forkAll(parties + random.below(2), party)
            const breaker = yield* Thread.fork(Effect.forever(Effect.gen(function*() {
              yield* Effect.andThen(dawdle(run), Effect.yieldNow)
              if (random.chance(0.3)) yield* barriers.abort(barrier)
              if (random.chance(0.5)) yield* barriers.reset(barrier)
            })))
            yield* Effect.forEach(threads, (thread) => Thread.join(thread))
            yield* Thread.interrupt(breaker)
            assert.deepStrictEqual(passed, Array<number>(parties).fill(passed[0]!))
            assert.strictEqual(waiting(barrier), 0)
          })
      }),
    60_000
  )

  it(
    "with interruptions, time-outs, aborts and resets nobody is left waiting, and it is whole after a reset",
    () =>
      explore({
        seeds: 700,
        interrupts: 0.01,
        program: (run) =>
          ThreadGroup.supervise(Effect.gen(function*() {
            const { random } = run
            const parties = 2 + random.below(2)
            const barrier = yield* barriers.make(parties)
            const party = Effect.gen(function*() {
              for (let round = 0; round < 3; round++) {
                yield* dawdle(run)
                const wait = Effect.asVoid(barriers.wait(barrier))
                yield* Effect.exit(random.chance(0.2) ? Effect.timeoutOption(wait, 1 + random.below(9)) : wait)
              }
            })
            const threads = yield* forkAll(parties, run.exposed(party))
            if (random.chance(0.5)) {
              const end = random.chance(0.5) ? barriers.abort(barrier) : barriers.reset(barrier)
              threads.push(yield* Thread.fork(Effect.andThen(dawdle(run), end)))
            }
            // Whoever is left when the others are gone has nobody to wait for: the rest of its rounds must end, too.
            const breaker = yield* Thread.fork(
              Effect.forever(Effect.andThen(Effect.sleep("1 hour"), barriers.abort(barrier)))
            )
            const exits = yield* Effect.forEach(threads, (thread) => Thread.await(thread))
            yield* Thread.interrupt(breaker)
            for (const exit of exits) if (Exit.isFailure(exit)) assert.notInclude(String(exit), "Die")
            assert.strictEqual(waiting(barrier), 0)
            yield* barriers.reset(barrier)
            const last = yield* forkAll(parties, Effect.orDie(Effect.asVoid(barriers.wait(barrier))))
            yield* Effect.forEach(last, (thread) => Thread.join(thread))
            assert.isFalse(yield* barriers.isBroken(barrier))
          }))
      }),
    60_000
  )
})
