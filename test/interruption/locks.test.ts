/** Random programs on locks, re-entrant locks and semaphores, under many interleavings and interruptions. */
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import type { Scope } from "effect"
import { Lock, RLock, Semaphore, Thread, ThreadGroup } from "effect-threading"
import { explore } from "../support/explore.ts"
import type { Run } from "../support/explore.ts"
import { until, waiting } from "../support/waiters.ts"

vi.setConfig({ testTimeout: 60_000 })

type Act = Effect.Effect<unknown, never, ThreadGroup.ThreadGroup>

/** What a body does that others could come between. */
const dawdle = ({ random }: Run): Effect.Effect<void> =>
  Effect.forEach(
    Array(random.below(4)),
    () => random.chance(0.3) ? Effect.sleep(1 + random.below(3)) : Effect.yieldNow,
    { discard: true }
  )

/** Dies if `units` more than `limit` are ever inside at a time. */
class Room {
  private inside = 0
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  enter(units: number, body: Act): Act {
    return Effect.acquireUseRelease(
      Effect.sync(() => assert.isAtMost(this.inside += units, this.limit, "too many inside")),
      () => body,
      () => Effect.sync(() => this.inside -= units)
    )
  }

  get isEmpty(): boolean {
    return this.inside === 0
  }
}

/** A few threads that each do some of these acts, one after the other; afterwards nothing may be held. */
const crowd = (run: Run, act: () => Act, isFree: () => boolean): Effect.Effect<void> =>
  ThreadGroup.supervise(Effect.gen(function*() {
    const threads: Array<Thread.Thread<void>> = []
    for (let count = 2 + run.random.below(3); count > 0; count--) {
      const acts = Array.from({ length: 1 + run.random.below(3) }, act)
      threads.push(yield* Thread.fork(run.exposed(Effect.all(acts, { discard: true }))))
    }
    const exits = yield* Effect.forEach(threads, (thread) => Thread.await(thread))
    for (const exit of exits) if (exit._tag === "Failure") assert.notInclude(String(exit), "Die")
    assert.isTrue(isFree(), "free at the end")
  }))

interface Forms {
  readonly withLock: (body: Act) => Act
  readonly withLockIfAvailable: (body: Act) => Act
  readonly acquireScoped: Effect.Effect<void, never, Scope.Scope | ThreadGroup.ThreadGroup>
  readonly acquire: Act
  readonly release: Act
}

/** One use of a lock, in a form chosen at random. */
const use = (run: Run, forms: Forms, body: Act): Act => {
  const { random } = run
  const soon = 1 + random.below(5)
  switch (random.below(7)) {
    case 0:
      return forms.withLockIfAvailable(body)
    case 1:
      return Effect.scoped(Effect.andThen(forms.acquireScoped, body))
    case 2:
      return Effect.scoped(
        Effect.flatMap(
          Effect.timeoutOption(forms.acquireScoped, soon),
          (got) => got._tag === "Some" ? body : Effect.void
        )
      )
    case 3:
      return Effect.timeoutOption(forms.withLock(body), soon)
    case 4:
      return Effect.acquireUseRelease(forms.acquire, () => body, () => forms.release)
    case 5:
      return Effect.raceFirst(forms.withLock(body), dawdle(run))
    default:
      return forms.withLock(body)
  }
}

const lockForms = (lock: Lock.Lock): Forms => ({
  withLock: (body) => Lock.withLock(lock, body),
  withLockIfAvailable: (body) => Lock.withLockIfAvailable(lock, body),
  acquireScoped: Lock.acquireScoped(lock),
  acquire: Lock.acquire(lock),
  release: Lock.release(lock)
})

const rlockForms = (lock: RLock.RLock): Forms => ({
  withLock: (body) => RLock.withLock(lock, body),
  withLockIfAvailable: (body) => RLock.withLockIfAvailable(lock, body),
  acquireScoped: RLock.acquireScoped(lock),
  acquire: RLock.acquire(lock),
  release: RLock.release(lock)
})

const semaphoreForms = (semaphore: Semaphore.Semaphore, permits: number): Forms => ({
  withLock: (body) => Semaphore.withPermits(semaphore, permits, body),
  withLockIfAvailable: (body) => Semaphore.withPermitsIfAvailable(semaphore, permits, body),
  acquireScoped: Semaphore.acquireScoped(semaphore, permits),
  acquire: Semaphore.acquire(semaphore, permits),
  release: Semaphore.release(semaphore, permits)
})

describe("random programs with interruptions", () => {
  it("on a lock keep others out, lose nothing and end", async () => {
    const { interrupts } = await explore({
      seeds: 3000,
      interrupts: 0.01,
      program: (run) => {
        const lock = Lock.makeUnsafe()
        const room = new Room(1)
        const act = () => use(run, lockForms(lock), room.enter(1, dawdle(run)))
        return crowd(run, act, () => room.isEmpty && !Effect.runSync(Lock.isLocked(lock)) && waiting(lock) === 0)
      }
    })
    assert.isAbove(interrupts, 500)
  })

  it("on a semaphore never use more than there is, lose no permit and end", () =>
    explore({
      seeds: 3000,
      interrupts: 0.01,
      program: (run) => {
        const permits = 1 + run.random.below(3)
        const semaphore = run.random.chance(0.5)
          ? Semaphore.makeUnsafe(permits)
          : Effect.runSync(Semaphore.makeBounded(permits))
        const room = new Room(permits)
        const act = () => {
          const wanted = 1 + run.random.below(permits)
          return use(run, semaphoreForms(semaphore, wanted), room.enter(wanted, dawdle(run)))
        }
        const isFree = () =>
          room.isEmpty && Effect.runSync(Semaphore.value(semaphore)) === permits && waiting(semaphore) === 0
        return crowd(run, act, isFree)
      }
    }))

  it("on a re-entrant lock nest, race and run siblings, each level excluding its own, lose nothing and end", () =>
    explore({
      seeds: 3000,
      interrupts: 0.01,
      program: (run) => {
        const { random } = run
        const lock = RLock.makeUnsafe()
        const levels = [new Room(1), new Room(1), new Room(1), new Room(1)]
        const forms = rlockForms(lock)
        // The raw forms go by the thread, whose fibers take one another's turns: they come outermost only.
        const nested = (level: number): Act =>
          Effect.suspend(() => {
            const body = levels[level]!.enter(1, inside(level))
            return level === 0 ? use(run, forms, body) : useScoped(body)
          })
        const useScoped = (body: Act): Act => {
          const soon = 1 + random.below(5)
          const held = random.chance(0.2) ? forms.withLockIfAvailable(body) : forms.withLock(body)
          return random.chance(0.3) ? Effect.timeoutOption(held, soon) : held
        }
        const inside = (level: number): Act => {
          const deeper = Effect.andThen(dawdle(run), Effect.suspend(() => nested(level + 1)))
          if (level === levels.length - 1 || random.chance(0.3)) return dawdle(run)
          return random.chance(0.4)
            ? Effect.all([deeper, deeper, dawdle(run)], { concurrency: "unbounded" })
            : Effect.andThen(deeper, dawdle(run))
        }
        const isFree = () =>
          levels.every((level) => level.isEmpty) && !Effect.runSync(RLock.isLocked(lock)) && waiting(lock) === 0
        return crowd(run, () => nested(0), isFree)
      }
    }))

  it("a fiber that outlives the hold it re-entered keeps others out until its own ends", () =>
    explore({
      seeds: 1500,
      interrupts: 0.01,
      program: (run) => {
        const lock = RLock.makeUnsafe()
        const room = new Room(1)
        const body = () => room.enter(1, dawdle(run))
        const act = () =>
          RLock.withLock(
            lock,
            Effect.andThen(
              Effect.forkDetach(RLock.withLock(lock, Effect.suspend(body))),
              run.random.chance(0.5) ? RLock.withLock(lock, Effect.suspend(body)) : dawdle(run)
            )
          )
        return Effect.andThen(
          crowd(run, act, () => true),
          until(() => room.isEmpty && !Effect.runSync(RLock.isLocked(lock)) && waiting(lock) === 0, () =>
            "free at the end")
        )
      }
    }))
})

describe("first come, first served", () => {
  const queued = (thread: Thread.Thread<unknown>) =>
    until(() => {
      const state = Effect.runSync(Thread.state(thread))
      return state._tag === "Terminated" || (state._tag === "Blocked" && /Lock|Semaphore/.test(state.on.kind))
    }, () => `${thread} is queued`)

  const inOrder = (make: () => Forms) => (run: Run) =>
    ThreadGroup.supervise(Effect.gen(function*() {
      const forms = make()
      const order: Array<number> = []
      const threads: Array<Thread.Thread<unknown>> = []
      yield* forms.withLock(Effect.gen(function*() {
        for (let index = 0; index < 6; index++) {
          const turn = Effect.andThen(Effect.sync(() => order.push(index)), dawdle(run))
          const around = run.random.chance(0.5)
            ? forms.withLock(turn)
            : Effect.scoped(Effect.andThen(forms.acquireScoped, turn))
          const mayGiveUp = run.random.chance(0.5) ? Effect.timeoutOption(around, "1 hour") : run.exposed(around)
          const thread = yield* Thread.fork(index % 3 === 2 ? around : mayGiveUp)
          threads.push(thread)
          yield* queued(thread)
        }
      }))
      yield* Effect.forEach(threads, (thread) => Thread.await(thread))
      assert.deepStrictEqual(order, [...order].sort(), "in the order of coming")
      assert.includeMembers(order, [2, 5], "who was not interrupted had a turn")
    }))

  it("holds for a lock, whoever is interrupted", () =>
    explore({ seeds: 1000, interrupts: 0.01, program: inOrder(() => lockForms(Lock.makeUnsafe())) }))

  it("holds for a re-entrant lock, whoever is interrupted", () =>
    explore({ seeds: 1000, interrupts: 0.01, program: inOrder(() => rlockForms(RLock.makeUnsafe())) }))

  it("holds for a semaphore, whoever is interrupted", () =>
    explore({ seeds: 1000, interrupts: 0.01, program: inOrder(() => semaphoreForms(Semaphore.makeUnsafe(1), 1)) }))

  it("holds for requests of different sizes: a large one is not overtaken by small ones behind it", () =>
    explore({
      seeds: 1000,
      program: (run) =>
        ThreadGroup.supervise(Effect.gen(function*() {
          const semaphore = Semaphore.makeUnsafe(3)
          const order: Array<number> = []
          const threads: Array<Thread.Thread<void>> = []
          yield* Semaphore.withPermits(
            semaphore,
            3,
            Effect.gen(function*() {
              for (let index = 0; index < 6; index++) {
                const turn = Effect.andThen(Effect.sync(() => order.push(index)), dawdle(run))
                const thread = yield* Thread.fork(Semaphore.withPermits(semaphore, index % 2 === 0 ? 3 : 1, turn))
                threads.push(thread)
                yield* queued(thread)
              }
            })
          )
          yield* Effect.forEach(threads, (thread) => Thread.join(thread))
          assert.deepStrictEqual(order, [0, 1, 2, 3, 4, 5])
        }))
    }))
})
