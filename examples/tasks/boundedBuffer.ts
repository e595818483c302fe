/** A bounded buffer in shared memory: a ring of numbers, and two conditions on one lock. */
import * as Condition from "effect-threading/Condition"
import * as Lock from "effect-threading/Lock"
import * as Effect from "effect/Effect"

export interface BoundedBuffer {
  readonly ring: Int32Array<SharedArrayBuffer>
  /** How many were put, and how many taken. */
  readonly counts: Int32Array<SharedArrayBuffer>
  readonly notFull: Condition.SharedCondition
  readonly notEmpty: Condition.SharedCondition
}

export const make = Effect.fn(function*(capacity: number) {
  const lock = yield* Lock.makeShared()
  const buffer: BoundedBuffer = {
    ring: new Int32Array(new SharedArrayBuffer(4 * capacity)),
    counts: new Int32Array(new SharedArrayBuffer(8)),
    notFull: yield* Condition.makeShared(lock),
    notEmpty: yield* Condition.makeShared(lock)
  }
  return buffer
})

const size = ({ counts }: BoundedBuffer): number => counts[0]! - counts[1]!

/** An Effect waits as a fiber does, which is fine on any OS thread. */
export const produce = Effect.fn(function*(buffer: BoundedBuffer, from: number, to: number) {
  const { counts, notEmpty, notFull, ring } = buffer
  const put = Effect.fnUntraced(function*(item: number) {
    yield* Condition.waitFor(notFull, () => size(buffer) < ring.length)
    ring[counts[0]!++ % ring.length] = item
    yield* Condition.notify(notEmpty)
  })
  for (let item = from; item < to; item++) yield* Condition.withLock(notFull, put(item))
})

/** Plain code waits by blocking its OS thread, which only a worker's may be. */
export const consume = (buffer: BoundedBuffer, times: number): ReadonlyArray<number> => {
  const { counts, notEmpty, notFull, ring } = buffer
  const take = () => {
    Condition.waitForSync(notEmpty, () => size(buffer) > 0)
    const item = ring[counts[1]!++ % ring.length]!
    Condition.notifySync(notFull)
    return item
  }
  return Array.from({ length: times }, () => Condition.withLockSync(notEmpty, take))
}
