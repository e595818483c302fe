/** Producers and consumers at random, with a buffer between them, under many interleavings and interruptions. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import type { Condition, Lock, RLock } from "effect-threading"
import type { ConditionApi } from "../contracts/condition.ts"
import type { Run } from "../support/explore.ts"
import { until, waiting } from "../support/waiters.ts"

type Act<A = unknown> = Effect.Effect<A, never, ThreadGroup.ThreadGroup>

type Conditions = ConditionApi & Pick<typeof Condition, "make">

type Locks = Pick<typeof Lock, "make" | "withLock" | "acquireScoped" | "isLocked">

type RLocks = Pick<typeof RLock, "make" | "withLock" | "acquireScoped" | "isLocked" | "recursionCount">

interface Setting {
  readonly lock: object
  readonly isLocked: () => boolean
  readonly api: Conditions
  readonly makeCondition: () => Condition.Condition
  /** Holds the lock as deep as this setting goes, dies if it is not held as deep afterwards, also when that was interrupted. */
  readonly hold: (run: Run, body: Act<void>) => Act<void>
}

export const onLock = (Condition: Conditions, Lock: Locks) => (): Setting => {
  const lock = Effect.runSync(Lock.make())
  return {
    lock,
    api: Condition,
    isLocked: () => Effect.runSync(Lock.isLocked(lock)),
    makeCondition: () => Effect.runSync(Condition.make(lock)),
    hold: (run, body) =>
      run.random.chance(0.7) ? Lock.withLock(lock, body) : Effect.scoped(Effect.andThen(Lock.acquireScoped(lock), body))
  }
}

export const onRLock = (Condition: Conditions, RLock: RLocks, depth: number) => (): Setting => {
  const lock = Effect.runSync(RLock.make())
  const nest = (body: Act<void>, left: number): Act<void> => {
    if (left > 0) return RLock.withLock(lock, Effect.suspend(() => nest(body, left - 1)))
    const isStillAsDeep = Effect.map(RLock.recursionCount(lock), (count) => assert.strictEqual(count, depth))
    return Effect.onExit(body, () => isStillAsDeep)
  }
  return {
    lock,
    api: Condition,
    isLocked: () => Effect.runSync(RLock.isLocked(lock)),
    makeCondition: () => Effect.runSync(Condition.make(lock)),
    hold: (run, body) =>
      run.random.chance(0.7)
        ? nest(body, depth)
        : Effect.scoped(Effect.andThen(RLock.acquireScoped(lock), nest(body, depth - 1)))
  }
}

/** The ways to wait until something is true. */
const waits: ReadonlyArray<
  (run: Run, api: Conditions, condition: Condition.Condition, isTrue: () => boolean) => Act<void>
> = [
  (_, { waitFor }, condition, isTrue) => waitFor(condition, isTrue),
  (_, { waitFor }, condition, isTrue) => waitFor(condition, Effect.andThen(Effect.yieldNow, Effect.sync(isTrue))),
  (_, { wait }, condition, isTrue) => {
    const loop: Effect.Effect<void> = Effect.suspend(() =>
      isTrue() ? Effect.void : Effect.andThen(wait(condition), loop)
    )
    return loop
  },
  (run, { waitFor }, condition, isTrue) =>
    Effect.asVoid(Effect.timeoutOption(waitFor(condition, isTrue), 1 + run.random.below(9))),
  (_, { waitFor }, condition, isTrue) => {
    return Effect.asVoid(Effect.all([waitFor(condition, isTrue), Effect.yieldNow], { concurrency: "unbounded" }))
  }
]

/** Whoever is interrupted takes nothing along: what goes in comes out, and nobody sleeps beside it. */
export const produceAndConsume = (make: () => Setting) => (run: Run): Effect.Effect<void> =>
  ThreadGroup.supervise(Effect.gen(function*() {
    const { api, hold, isLocked, lock, makeCondition } = make()
    const { random } = run
    const [notEmpty, notFull] = [makeCondition(), makeCondition()]
    const buffer: Array<number> = []
    const room = 1 + random.below(2)
    let [made, taken, isClosed, inside] = [0, 0, false, 0]

    // Nothing comes between the look, the change and the notification.
    const change = (body: () => boolean, other: Condition.Condition) =>
      Effect.uninterruptible(Effect.gen(function*() {
        assert.strictEqual(++inside, 1, "exclusion")
        if (body()) yield* api.notify(other)
        yield* Effect.yieldNow
        inside--
      }))
    const put = (wait: (typeof waits)[number]) =>
      hold(
        run,
        Effect.andThen(
          wait(run, api, notFull, () => buffer.length < room),
          change(() => {
            if (buffer.length >= room) return false
            buffer.push(made++)
            return true
          }, notEmpty)
        )
      )
    const take = (wait: (typeof waits)[number]) =>
      hold(
        run,
        Effect.andThen(
          wait(run, api, notEmpty, () => buffer.length > 0 || isClosed),
          change(() => {
            if (buffer.length === 0) return false
            assert.strictEqual(buffer.shift(), taken++)
            return true
          }, notFull)
        )
      )
    const pick = () => random.pick(waits)
    const consumer = (wait: (typeof waits)[number]): Act<void> =>
      Effect.suspend(() => isClosed && buffer.length === 0 ? Effect.void : Effect.andThen(take(wait), consumer(wait)))
    const times = (count: number, act: () => Act<void>): Act<void> =>
      Effect.suspend(() => count === 0 ? Effect.void : Effect.andThen(act(), times(count - 1, act)))

    const threads: Array<Thread.Thread<void>> = []
    const patient = random.below(3)
    threads.push(yield* Thread.fork(consumer(waits[patient]!)))
    for (let count = random.below(3); count >= 0; count--) {
      threads.push(yield* Thread.fork(run.exposed(consumer(pick()))))
    }
    const producers = [yield* Thread.fork(times(3, () => put(waits[patient]!)))]
    for (let count = random.below(3); count >= 0; count--) {
      producers.push(yield* Thread.fork(run.exposed(times(2, () => put(pick())))))
    }
    const ends = yield* Effect.forEach(producers, (thread) => Thread.await(thread))
    // A lost notification would leave the patient consumer asleep beside a full buffer.
    yield* until(() => taken === made, () => `${taken} of ${made} taken`)
    assert.isAtLeast(made, 3)
    isClosed = true
    yield* hold(run, api.notifyAll(notEmpty))
    ends.push(...yield* Effect.forEach(threads, (thread) => Thread.await(thread)))
    for (const exit of ends) if (exit._tag === "Failure") assert.notInclude(String(exit), "Die")
    assert.isFalse(isLocked())
    assert.deepStrictEqual([waiting(lock), waiting(notEmpty), waiting(notFull)], [0, 0, 0])
  }))
