/**
 * A bounded buffer: whoever puts waits while it is full, whoever takes waits while it is empty. Two conditions share one
 * lock, so that a put wakes only takers and a take only putters.
 */
import { Effect } from "effect"
import { Condition, Lock } from "effect-threading"

export interface Buffer<A> {
  readonly capacity: number
  readonly items: Array<A>
  isClosed: boolean
  readonly notFull: Condition.Condition
  readonly notEmpty: Condition.Condition
}

export const make = Effect.fnUntraced(function*<A>(capacity: number): Effect.fn.Return<Buffer<A>> {
  const lock = yield* Lock.make()
  return {
    capacity,
    items: [],
    isClosed: false,
    notFull: yield* Condition.make(lock),
    notEmpty: yield* Condition.make(lock)
  }
})

/** Puts the item in once there is room for it. */
export const put = <A>(self: Buffer<A>, item: A): Effect.Effect<void> =>
  Condition.withLock(
    self.notFull,
    Effect.gen(function*() {
      yield* Condition.waitFor(self.notFull, () => self.items.length < self.capacity)
      self.items.push(item)
      yield* Condition.notify(self.notEmpty)
    })
  )

/**
 * Takes this share of what is there, the oldest items first and at least one; nothing once the buffer is closed and empty. Who takes
 * shares takes many items while there are many, and leaves some to others when there are few.
 */
export const take = <A>(self: Buffer<A>, share: number): Effect.Effect<ReadonlyArray<A>> =>
  Condition.withLock(
    self.notEmpty,
    Effect.gen(function*() {
      yield* Condition.waitFor(self.notEmpty, () => self.items.length > 0 || self.isClosed)
      const taken = self.items.splice(0, Math.ceil(self.items.length * share))
      yield* Condition.notify(self.notFull, taken.length)
      return taken
    })
  )

/** Says that nothing more will be put in: everybody who waits for an item goes on. */
export const close = <A>(self: Buffer<A>): Effect.Effect<void> =>
  Condition.withLock(
    self.notEmpty,
    Effect.suspend(() => {
      self.isClosed = true
      return Condition.notifyAll(self.notEmpty)
    })
  )
