/** Whoever is interrupted while a task of theirs is queued or runs goes on when it has ended. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option } from "effect"
import { WorkerPool } from "effect-threading"
import { folder, single, tasks, untilStats } from "../support.ts"
import type { Case, Engine } from "../support.ts"

/** What takes a worker besides this OS thread to see. */
const heardWhileBusy: Case = {
  title: "is heard by a synchronous loop at its checkpoint, and the worker lives on",
  options: { size: 1, gracePeriod: "20 seconds" },
  body: Effect.gen(function*() {
    const { lines, path, told } = yield* folder
    const before = yield* tasks.workerId()
    const fiber = yield* Effect.forkChild(tasks.computes(path))
    yield* told("computes")
    yield* Fiber.interrupt(fiber)
    assert.deepStrictEqual(yield* lines, ["computes", "heard"])
    assert.strictEqual(yield* tasks.workerId(), before)
  })
}

const unheard: Case = {
  title: "ends the worker of a task that does not hear it within the grace period, and others take over",
  options: { size: 1, gracePeriod: 50 },
  body: Effect.gen(function*() {
    const { path, told } = yield* folder
    const before = yield* tasks.workerId()
    const fiber = yield* Effect.forkChild(tasks.spins(path))
    yield* told("spins")
    const queued = yield* Effect.forkChild(tasks.workerId())
    yield* Fiber.interrupt(fiber)
    assert.notStrictEqual(yield* Fiber.join(queued), before)
    assert.strictEqual((yield* WorkerPool.stats).terminated, 1)
  })
}

export const cancellation = ({ isDeafWhileBusy, name }: Engine): ReadonlyArray<Case> => [
  {
    title: "keeps what is queued from ever starting",
    options: single,
    body: Effect.gen(function*() {
      const { lines, open, path, told } = yield* folder
      const first = yield* Effect.forkChild(tasks.hold(path, "first"))
      yield* told("first begins")
      const second = yield* Effect.forkChild(tasks.tells(path, "second"))
      const third = yield* Effect.forkChild(tasks.tells(path, "third"))
      yield* untilStats(({ queued }) => queued === 2)
      yield* Fiber.interrupt(second)
      yield* open("first")
      yield* Fiber.join(first)
      yield* Fiber.join(third)
      assert.deepStrictEqual((yield* lines).slice(2), ["third"])
    })
  },
  {
    title: "interrupts an effect, whose finalizers run before its caller goes on",
    body: Effect.gen(function*() {
      const { lines, path, told } = yield* folder
      const fiber = yield* Effect.forkChild(tasks.hold(path, "held"))
      yield* told("held begins")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* lines, ["held begins", "held ends with Failure"])
      const exit = yield* Fiber.await(fiber)
      assert(Exit.isFailure(exit))
      assert.isTrue(Cause.hasInterruptsOnly(exit.cause))
    })
  },
  {
    title: "leaves the worker to others",
    options: single,
    body: Effect.gen(function*() {
      const { path, told } = yield* folder
      const before = yield* tasks.workerId()
      const fiber = yield* Effect.forkChild(tasks.hold(path, "held"))
      yield* told("held begins")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* tasks.workerId(), before)
    })
  },
  ...(name === "inline" ? [] : isDeafWhileBusy ? [unheard] : [heardWhileBusy, unheard]),
  {
    title: "is heard by an async function at its checkpoint",
    options: { size: 1, gracePeriod: "20 seconds" },
    body: Effect.gen(function*() {
      const { lines, path, told } = yield* folder
      const fiber = yield* Effect.forkChild(tasks.computesInTurns(path))
      yield* told("computes")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* lines, ["computes", "heard"])
    })
  },
  {
    title: "ends the wait for a promise that never settles after the grace period",
    options: { size: 1, gracePeriod: 50 },
    body: Effect.gen(function*() {
      const { path, told } = yield* folder
      const fiber = yield* Effect.forkChild(tasks.hangs(path))
      yield* told("hangs")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* tasks.add(1, 2), 3)
    })
  },
  {
    title: "comes from Effect.timeout as from anybody, and from the race that another task wins",
    options: { size: 2, gracePeriod: "20 seconds" },
    body: Effect.gen(function*() {
      const { lines, open, path, told } = yield* folder
      assert.isTrue(Option.isNone(yield* Effect.timeoutOption(tasks.hold(path, "late"), 1)))
      yield* open("winner")
      const loser = Effect.andThen(Effect.void, tasks.hold(path, "loser"))
      const winner = Effect.andThen(told("loser begins"), tasks.hold(path, "winner"))
      assert.strictEqual(yield* Effect.raceFirst(loser, winner), "winner")
      assert.include(yield* lines, "loser ends with Failure")
    })
  },
  {
    title: "is an answer to one caller alone: others of the same task get their results",
    options: single,
    body: Effect.gen(function*() {
      const fibers = yield* Effect.forEach(
        Array.from({ length: 60 }, (_, i) => i),
        (i) => Effect.forkChild(tasks.addEffect(i, 1))
      )
      yield* Effect.forEach(fibers, (fiber, i) => i % 3 === 0 ? Fiber.interrupt(fiber) : Effect.void)
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      exits.forEach((exit, i) => {
        if (i % 3 !== 0) assert.deepStrictEqual(exit, Exit.succeed(i + 1))
        else if (Exit.isFailure(exit)) assert.isTrue(Cause.hasInterruptsOnly(exit.cause))
      })
    })
  }
]
