/** Fibers that share a hold of a re-entrant lock, some of which sleep on a condition while others re-enter, at random. */
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Condition, RLock, Thread, ThreadGroup } from "effect-threading"
import { interruptEverywhere } from "effect-threading/testing"
import { explore } from "../support/explore.ts"
import type { Run } from "../support/explore.ts"
import { untilWaiting, waiting } from "../support/waiters.ts"

vi.setConfig({ testTimeout: 60_000 })

type Act = Effect.Effect<unknown>

const program = (run: Run): Effect.Effect<void> =>
  ThreadGroup.supervise(Effect.gen(function*() {
    const { random } = run
    const lock = RLock.makeUnsafe()
    const condition = yield* Condition.make(lock)
    let [tokens, inside] = [0, 0]
    const dawdle = Effect.suspend(() =>
      Effect.forEach(Array(random.below(4)), () => Effect.yieldNow, { discard: true })
    )
    // What re-enters excludes all others that do, whether or not the hold around it was given back meanwhile.
    const reenter: Act = RLock.withLock(
      lock,
      Effect.acquireUseRelease(
        Effect.sync(() => assert.strictEqual(++inside, 1, "too many inside")),
        () => Effect.andThen(Effect.yieldNow, dawdle),
        () => Effect.sync(() => inside--)
      )
    )
    // Taken while it looks: a time-out inside of the hold has nothing to come between.
    const sleep: Act = Condition.waitFor(condition, () => tokens > 0 && tokens-- > 0)
    const again: Act = Effect.andThen(dawdle, reenter)
    // Held again as deep as the wait found it, also when it was interrupted.
    const sleepAt = (depth: number): Act =>
      Effect.onExit(
        sleep,
        () => Effect.map(RLock.recursionCount(lock), (count) => assert.isAtLeast(count, depth))
      )
    const group = Effect.suspend((): Act => {
      const siblings: Array<Act> = [again]
      if (random.chance(0.7)) siblings.push(again)
      const deeper = random.chance(0.5)
      const sleeper = deeper ? RLock.withLock(lock, sleepAt(2)) : sleepAt(1)
      siblings.splice(random.below(2), 0, random.chance(0.5) ? Effect.andThen(dawdle, sleeper) : sleeper)
      const all: Act = Effect.all(siblings, { concurrency: "unbounded", discard: true })
      return RLock.withLock(lock, random.chance(0.3) ? Effect.timeoutOption(all, 1 + random.below(9)) : all)
    })
    const threads: Array<Thread.Thread<unknown>> = []
    const count = 1 + random.below(3)
    for (let index = 0; index < count; index++) {
      threads.push(yield* Thread.fork(index === 0 ? group : run.exposed(group)))
    }
    // As many tokens as sleepers, each with one notification: a lost one leaves somebody asleep.
    const give = RLock.withLock(lock, Effect.andThen(Effect.sync(() => tokens++), Condition.notify(condition)))
    threads.push(
      yield* Thread.fork(Effect.forEach(Array(count), () => Effect.andThen(dawdle, give), { discard: true }))
    )
    for (const thread of threads) {
      const exit = yield* Thread.await(thread)
      if (exit._tag === "Failure") assert.notInclude(String(exit), "Die")
    }
    assert.deepStrictEqual([waiting(lock), waiting(condition), inside], [0, 0, 0])
    assert.isFalse(yield* RLock.isLocked(lock))
  }))

describe("siblings in one hold, of which one sleeps", () => {
  it("take turns, lose no notification, get back what they held and end", async () => {
    const { interrupts } = await explore({ seeds: 4000, interrupts: 0.01, program })
    assert.isAbove(interrupts, 500)
  })

  it.effect("a sibling that waits to re-enter gets in while the hold is given back, and is let out again", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const lock = yield* RLock.make()
      const condition = yield* Condition.make(lock)
      const order: Array<string> = []
      let isReady = false
      // It stands in line behind its sibling when the hold is given back.
      const sleeper = RLock.withLock(lock, Effect.andThen(Effect.yieldNow, Condition.waitFor(condition, () => isReady)))
      const sibling = RLock.withLock(lock, Effect.sync(() => order.push("sibling")))
      const thread = yield* Thread.fork(
        RLock.withLock(lock, Effect.all([sleeper, sibling], { concurrency: "unbounded" }))
      )
      yield* untilWaiting(condition, 1)
      yield* RLock.withLock(
        lock,
        Effect.gen(function*() {
          order.push("notifier")
          isReady = true
          yield* Condition.notify(condition)
        })
      )
      yield* Thread.join(thread)
      assert.deepStrictEqual(order, ["sibling", "notifier"])
    })))

  it.effect("a sibling that went to the lock's line for the sleeper's absence comes back with it, before others in line", () =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const lock = yield* RLock.make()
      const condition = yield* Condition.make(lock)
      const order: Array<string> = []
      const sleeper = Condition.wait(condition)
      const sibling = Effect.andThen(
        untilWaiting(lock, 1),
        RLock.withLock(lock, Effect.sync(() => order.push("sibling")))
      )
      const thread = yield* Thread.fork(
        RLock.withLock(
          lock,
          Effect.tap(
            Effect.all([sleeper, sibling], { concurrency: "unbounded" }),
            () => Effect.sync(() => order.push("hold"))
          )
        )
      )
      yield* untilWaiting(condition, 1)
      const stranger = RLock.withLock(lock, Effect.sync(() => order.push("stranger")))
      const threads = yield* RLock.withLock(
        lock,
        Effect.gen(function*() {
          yield* Condition.notify(condition)
          yield* untilWaiting(lock, 2)
          return [thread, yield* Thread.fork(stranger)] as const
        })
      )
      for (const each of threads) yield* Thread.join<unknown, never>(each)
      assert.deepStrictEqual(order, ["sibling", "hold", "stranger"])
    })))

  it.effect("interrupted at any operation, the sleeper and its siblings leave the lock free", () =>
    Effect.gen(function*() {
      const operations = yield* interruptEverywhere(Effect.gen(function*() {
        const lock = yield* RLock.make()
        const condition = yield* Condition.make(lock)
        let isReady = false
        const again = RLock.withLock(lock, Effect.andThen(Effect.yieldNow, Effect.yieldNow))
        const sleeper = RLock.withLock(lock, Condition.waitFor(condition, () => isReady))
        const giver = yield* Effect.forkScoped(Effect.gen(function*() {
          for (let step = 0; step < 6; step++) yield* Effect.yieldNow
          yield* RLock.withLock(
            lock,
            Effect.suspend(() => {
              isReady = true
              return Condition.notifyAll(condition)
            })
          )
        }))
        return {
          effect: RLock.withLock(
            lock,
            Effect.all([again, sleeper, again, Effect.andThen(Effect.yieldNow, again)], { concurrency: "unbounded" })
          ),
          check: () =>
            Effect.gen(function*() {
              yield* Effect.exit(Fiber.join(giver))
              assert.isFalse(yield* RLock.isLocked(lock))
              assert.deepStrictEqual([waiting(lock), waiting(condition)], [0, 0])
            })
        }
      }))
      assert.isAbove(operations, 40)
    }))
})
