/** A counter in shared memory to which several OS threads add, with a lock and without. */
import * as Barrier from "effect-threading/Barrier"
import * as Lock from "effect-threading/Lock"

export interface Counter {
  readonly value: Int32Array<SharedArrayBuffer>
  readonly lock: Lock.SharedLock
  /** Where all meet, so that none is done before the last has come. */
  readonly start: Barrier.SharedBarrier
}

const increment = (value: Int32Array<SharedArrayBuffer>): void => {
  const seen = value[0]!
  // Another OS thread may come between at any time. That it takes so long makes it likely, on one core too.
  for (let i = 0; i < 500; i++) Math.random()
  value[0] = seen + 1
}

export const countWithout = ({ start, value }: Counter, times: number): void => {
  Barrier.waitSync(start)
  for (let i = 0; i < times; i++) increment(value)
}

export const countWith = ({ lock, start, value }: Counter, times: number): void => {
  Barrier.waitSync(start)
  for (let i = 0; i < times; i++) Lock.withLockSync(lock, () => increment(value))
}
