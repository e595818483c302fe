/** Random programs on read-write locks, local and shared by several OS threads, under many interleavings and interruptions. */
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import { localReadWriteLock, type ReadWriteLike, sharedReadWriteLockOf } from "../contracts/readWriteForms.ts"
import { everywhere } from "../contracts/shared.ts"
import { explore } from "../support/explore.ts"
import type { Run } from "../support/explore.ts"
import { playWakeUps } from "../support/osThreads.ts"
import { until, untilWaiting, waiting } from "../support/waiters.ts"

vi.setConfig({ testTimeout: 120_000 })

playWakeUps()

type Act = Effect.Effect<unknown, never, ThreadGroup.ThreadGroup>

const locks: ReadonlyArray<readonly [string, Effect.Effect<ReadWriteLike>, seeds: number]> = [
  ["a read-write lock", localReadWriteLock, 3000],
  ["a shared read-write lock on several OS threads", sharedReadWriteLockOf(everywhere), 1500]
]

/** What a body does that others could come between. */
const dawdle = ({ random }: Run): Effect.Effect<void> =>
  Effect.forEach(
    Array(random.below(4)),
    () => random.chance(0.3) ? Effect.sleep(1 + random.below(3)) : Effect.yieldNow,
    { discard: true }
  )

/** Who is inside: dies if one writes while another does anything. Who writes may read as well. */
class Room {
  private readers = 0
  private writers = 0

  read(body: Act): Act {
    const enter = Effect.sync(() => {
      assert.strictEqual(this.writers, 0, "somebody writes")
      this.readers++
    })
    return Effect.acquireUseRelease(enter, () => body, () => Effect.sync(() => this.readers--))
  }

  write(body: Act): Act {
    const enter = Effect.sync(() => assert.deepStrictEqual([this.readers, this.writers++], [0, 0]))
    return Effect.acquireUseRelease(enter, () => body, () => Effect.sync(() => this.writers--))
  }

  get isEmpty(): boolean {
    return this.readers + this.writers === 0
  }
}

/** One use of the lock, in a form chosen at random; inside of it perhaps more reading. */
const use = (run: Run, lock: ReadWriteLike, room: Room): Act => {
  const { random } = run
  const soon = 1 + random.below(5)
  const isReader = random.chance(0.6)
  const nested = (depth: number): Act => {
    if (depth === 0 || random.chance(0.4)) return dawdle(run)
    const deeper = Effect.suspend(() => lock.withReadLock(nested(depth - 1)))
    const once = random.chance(0.3) ? Effect.timeoutOption(deeper, soon) : deeper
    return random.chance(0.4)
      ? Effect.all([once, deeper, dawdle(run)], { concurrency: "unbounded" })
      : Effect.andThen(once, dawdle(run))
  }
  const body = isReader ? room.read(nested(2)) : room.write(nested(2))
  const [around, attempt, scoped] = isReader
    ? [lock.withReadLock, lock.withReadLockIfAvailable, lock.acquireReadScoped]
    : [lock.withWriteLock, lock.withWriteLockIfAvailable, lock.acquireWriteScoped]
  // What a scope holds is not known inside of it, so nothing is nested there.
  const simple = isReader ? room.read(dawdle(run)) : room.write(dawdle(run))
  switch (random.below(6)) {
    case 0:
      return attempt(body)
    case 1:
      return Effect.scoped(Effect.andThen(scoped, simple))
    case 2:
      return Effect.scoped(
        Effect.flatMap(Effect.timeoutOption(scoped, soon), (got) => got._tag === "Some" ? simple : Effect.void)
      )
    case 3:
      return Effect.timeoutOption(around(body), soon)
    case 4:
      return Effect.raceFirst(around(body), dawdle(run))
    default:
      return around(body)
  }
}

describe("random programs with interruptions", () => {
  for (const [name, make, seeds] of locks) {
    it(`on ${name} never write beside others, lose nothing and end`, async () => {
      const { interrupts } = await explore({
        seeds,
        interrupts: 0.01,
        program: (run) =>
          ThreadGroup.supervise(Effect.gen(function*() {
            const lock = yield* make
            const room = new Room()
            const threads: Array<Thread.Thread<void>> = []
            for (let count = 2 + run.random.below(4); count > 0; count--) {
              const acts = Array.from({ length: 1 + run.random.below(3) }, () => use(run, lock, room))
              threads.push(yield* Thread.fork(run.exposed(Effect.all(acts, { discard: true }))))
            }
            const exits = yield* Effect.forEach(threads, (thread) => Thread.await(thread))
            for (const exit of exits) if (exit._tag === "Failure") assert.notInclude(String(exit), "Die")
            assert.isTrue(room.isEmpty)
            assert.deepStrictEqual([yield* lock.readers, yield* lock.isWriteLocked], [0, false])
            assert.strictEqual(waiting(lock.primitive), 0)
          }))
      })
      assert.isAbove(interrupts, 250)
    })

    it(`on ${name}, readers wait for the writers, but for four in a row at most`, () =>
      explore({
        seeds: seeds / 3,
        interrupts: 0.01,
        program: (run) =>
          ThreadGroup.supervise(Effect.gen(function*() {
            const { random } = run
            const lock = yield* make
            const order: Array<"read" | "write"> = []
            const threads: Array<Thread.Thread<unknown>> = []
            yield* lock.withWriteLock(Effect.gen(function*() {
              for (let index = 0; index < 9; index++) {
                const kind = random.chance(0.3) ? "read" : "write"
                const turn = Effect.andThen(Effect.sync(() => order.push(kind)), dawdle(run))
                const act = kind === "read" ? lock.withReadLock(turn) : lock.withWriteLock(turn)
                threads.push(yield* Thread.fork(act))
                yield* untilWaiting(lock.primitive, index + 1)
              }
            }))
            // Not before: all of them have to be in line.
            if (random.chance(0.5)) yield* Thread.interrupt(random.pick(threads))
            yield* Effect.forEach(threads, (thread) => Thread.await(thread))
            const [first, last] = [order.indexOf("read"), order.lastIndexOf("read")]
            assert.isAtMost(first, 4)
            if (order.filter((kind) => kind === "write").length > 4 && first >= 0) assert.isAtLeast(first, 3)
            assert.notInclude(order.slice(first, last + 1), "write", "readers go together")
          }))
      }))
  }

  /** In line, or ended before it came there. */
  const queued = (thread: Thread.Thread<unknown>) =>
    until(() => {
      const state = Effect.runSync(Thread.state(thread))
      return state._tag === "Terminated" || (state._tag === "Blocked" && state.on.kind === "ReadWriteLock")
    }, () => `${thread} is queued`)

  it("on a read-write lock, writers go in the order in which they came, whoever is interrupted", () =>
    explore({
      seeds: 1000,
      interrupts: 0.01,
      program: (run) =>
        ThreadGroup.supervise(Effect.gen(function*() {
          const lock = yield* localReadWriteLock
          const order: Array<number> = []
          const threads: Array<Thread.Thread<unknown>> = []
          const around = run.random.chance(0.5) ? lock.withReadLock : lock.withWriteLock
          yield* around(Effect.gen(function*() {
            for (let index = 0; index < 6; index++) {
              const write = lock.withWriteLock(Effect.andThen(Effect.sync(() => order.push(index)), dawdle(run)))
              const mayGiveUp = run.random.chance(0.5) ? Effect.timeoutOption(write, "1 hour") : run.exposed(write)
              const thread = yield* Thread.fork(index % 3 === 2 ? write : mayGiveUp)
              threads.push(thread)
              yield* queued(thread)
            }
          }))
          yield* Effect.forEach(threads, (thread) => Thread.await(thread))
          assert.deepStrictEqual(order, order.toSorted(), "in the order of coming")
          assert.includeMembers(order, [2, 5], "who was not interrupted had a turn")
        }))
    }))
})
