/** What two OS threads do at once, with our primitives, with those of `multithreading`, and with bare atomics. */
import { Condition, Lock, Semaphore } from "effect-threading"
import { Condvar, Mutex, Semaphore as TheirSemaphore } from "multithreading"

/** What a worker gets: the primitives are those of the contender. */
export interface Part {
  readonly index: number
  readonly times: number
  /** What they change, one after the other. */
  readonly cells: Int32Array
  readonly lock?: Lock.SharedLock
  readonly semaphores?: ReadonlyArray<Semaphore.SharedSemaphore>
  readonly condition?: Condition.SharedCondition
  /** The memory of theirs. */
  readonly buffers?: ReadonlyArray<SharedArrayBuffer>
}

/** Some work inside, so that the other comes meanwhile. */
const change = (cells: Int32Array): void => {
  const seen = cells[0]!
  for (let i = 0; i < 20; i++) cells[1] = cells[1]! ^ i
  cells[0] = seen + 1
}

const repeat = ({ times }: Part, f: () => void): number => {
  for (let i = 0; i < times; i++) f()
  return times
}

/** Whose turn it is lies in the first cell: each does its step when that is its own number. */
const turns = (
  { cells, index, times }: Part,
  wait: (isMyTurn: () => boolean) => void,
  pass: (to: number) => void
): number => {
  const isMyTurn = () => Atomics.load(cells, 0) === index
  for (let i = 0; i < times; i++) {
    wait(isMyTurn)
    pass(1 - index)
  }
  return times
}

export const works = {
  lock: (part: Part) => repeat(part, () => Lock.withLockSync(part.lock!, () => change(part.cells))),

  theirMutex(part: Part) {
    const mutex = new Mutex(undefined, part.buffers![0])
    return repeat(part, () => {
      const guard = mutex.blockingLock()
      change(part.cells)
      guard.dispose()
    })
  },

  semaphore: (part: Part) =>
    repeat(part, () => Semaphore.withPermitsSync(part.semaphores![0]!, 1, () => change(part.cells))),

  theirSemaphore(part: Part) {
    const semaphore = new TheirSemaphore(0, part.buffers![0])
    return repeat(part, () => {
      const guard = semaphore.blockingAcquire()
      change(part.cells)
      guard.dispose()
    })
  },

  /** Each takes its own semaphore's permit and gives one to the other's. */
  handOffBySemaphore: (part: Part) =>
    repeat(part, () => {
      Semaphore.acquireSync(part.semaphores![part.index]!)
      Semaphore.releaseSync(part.semaphores![1 - part.index]!)
    }),

  handOffByCondition: (part: Part) =>
    turns(
      part,
      (isMyTurn) => Condition.withLockSync(part.condition!, () => Condition.waitForSync(part.condition!, isMyTurn)),
      (to) =>
        Condition.withLockSync(part.condition!, () => {
          Atomics.store(part.cells, 0, to)
          Condition.notifySync(part.condition!)
        })
    ),

  handOffByTheirCondvar(part: Part) {
    const mutex = new Mutex(undefined, part.buffers![0])
    const condvar = new Condvar(part.buffers![1])
    return turns(
      part,
      (isMyTurn) => {
        const guard = mutex.blockingLock()
        while (!isMyTurn()) condvar.blockingWait(guard)
        guard.dispose()
      },
      (to) => {
        const guard = mutex.blockingLock()
        Atomics.store(part.cells, 0, to)
        condvar.notifyOne()
        guard.dispose()
      }
    )
  },

  handOffByAtomics({ buffers, ...part }: Part) {
    const turn = new Int32Array(buffers![0]!)
    return repeat(part as Part, () => {
      while (Atomics.load(turn, 0) !== part.index) Atomics.wait(turn, 0, 1 - part.index)
      Atomics.store(turn, 0, 1 - part.index)
      Atomics.notify(turn, 0)
    })
  }
}

export type Work = keyof typeof works
