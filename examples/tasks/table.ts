/** A round table in shared memory, with a fork between any two philosophers, who need the two beside them to eat. */
import * as Barrier from "effect-threading/Barrier"
import * as Lock from "effect-threading/Lock"
import * as Semaphore from "effect-threading/Semaphore"
import * as Effect from "effect/Effect"

export interface Table {
  readonly forks: ReadonlyArray<Lock.SharedLock>
  /** Lets all but one to the forks at a time. */
  readonly waiter: Semaphore.SharedSemaphore
  /** Where they wait until all have sat down. */
  readonly start: Barrier.SharedBarrier
  readonly isEating: Int32Array<SharedArrayBuffer>
  readonly meals: Int32Array<SharedArrayBuffer>
}

export const make = Effect.fn(function*(seats: number) {
  const table: Table = {
    forks: yield* Effect.replicateEffect(Lock.makeShared(), seats),
    waiter: yield* Semaphore.makeShared(seats - 1),
    start: yield* Barrier.makeShared(seats),
    isEating: new Int32Array(new SharedArrayBuffer(4 * seats)),
    meals: new Int32Array(new SharedArrayBuffer(4 * seats))
  }
  return table
})

const eat = Effect.fnUntraced(function*({ isEating, meals }: Table, seat: number) {
  const { length } = meals
  if (isEating[(seat + 1) % length] || isEating[(seat + length - 1) % length]) {
    yield* Effect.die("a fork has two owners")
  }
  isEating[seat] = 1
  yield* Effect.yieldNow
  isEating[seat] = 0
  meals[seat]!++
})

type Dinner = (table: Table, seat: number) => Effect.Effect<void, Lock.LockAbandonedError>

/** Each who sits here is a fiber; those who sit elsewhere are fibers of another OS thread. */
const dine = (dinner: Dinner) => (table: Table, seats: ReadonlyArray<number>, times: number) =>
  Effect.forEach(
    seats,
    (seat) => Effect.andThen(Barrier.wait(table.start), Effect.replicateEffect(dinner(table, seat), times)),
    { concurrency: "unbounded", discard: true }
  )

/** Everybody takes the fork with the lower number first, so whoever has the highest of those taken waits for nobody. */
export const dineInOrder = dine((table, seat) => {
  const [first, second] = [seat, (seat + 1) % table.forks.length].sort((a, b) => a - b)
  return eat(table, seat).pipe(Lock.withLock(table.forks[second!]!), Lock.withLock(table.forks[first!]!))
})

/** Everybody takes the left fork first. If all five had one, nobody would ever eat, but the waiter lets only four do so. */
export const dineWithWaiter = dine((table, seat) =>
  eat(table, seat).pipe(
    Lock.withLock(table.forks[(seat + 1) % table.forks.length]!),
    Lock.withLock(table.forks[seat]!),
    Semaphore.withPermit(table.waiter)
  )
)
