/**
 * The census itself: one thread walks the folder and puts what it finds into a buffer; workers take from it and count.
 *
 *     walker ── buffer (Condition) ──> worker_0 … worker_N (ThreadPoolExecutor) ── tally (ThreadLocal) ──> totals (Lock)
 *
 * Setting `stop` (Event) ends it early: everybody drops what is half done, hands in what is counted, and ends.
 */
import { Effect, Option } from "effect"
import { Event, Future, Lock, Semaphore, Thread, ThreadLocal, ThreadPoolExecutor } from "effect-threading"
import * as Buffer from "./buffer.ts"
import { makeCounter } from "./count.ts"
import { showProgress } from "./progress.ts"
import * as Tally from "./tally.ts"
import { walk } from "./walk.ts"

export interface Options {
  readonly folder: string
  readonly threads: number
  readonly stop: Event.Event
}

/** What one worker did. */
export interface Share {
  readonly thread: string
  readonly files: number
  readonly bytes: number
}

export interface Census {
  readonly folder: string
  readonly totals: Tally.Tally
  readonly shares: ReadonlyArray<Share>
  /** Whether it was stopped before it was done. */
  readonly partial: boolean
}

/** How many files may be open at once, whatever the number of threads: a process may have only so many. */
const openFiles = 64

/** How many files a worker counts before it adds them to the totals. */
const filesPerBatch = 32

export const census = Effect.fnUntraced(function*({ folder, stop, threads }: Options) {
  const paths = yield* Buffer.make<string>(256)
  const opening = yield* Semaphore.make(openFiles)
  const count = yield* makeCounter

  const lock = yield* Lock.make()
  const totals = Tally.make()
  const tally = yield* ThreadLocal.make(Tally.make)

  const handIn = Effect.gen(function*() {
    const mine = yield* ThreadLocal.get(tally)
    yield* ThreadLocal.delete(tally)
    yield* Lock.withLock(lock, Tally.merge(totals, mine))
  }).pipe(Effect.uninterruptible)

  const untilStopped = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.raceFirst(effect, Event.wait(stop))

  const walker = walk(folder, {
    file: (path) => Buffer.put(paths, path),
    unreadable: (path, error) =>
      Effect.map(ThreadLocal.get(tally), (mine) => Tally.addUnreadable(mine, "folder", path, error)),
    reading: Semaphore.withPermit(opening)
  }).pipe(
    untilStopped,
    Effect.ensuring(Buffer.close(paths)),
    Effect.ensuring(handIn)
  )

  const worker = Effect.gen(function*() {
    const { name } = yield* Thread.current
    const share = { thread: name, files: 0, bytes: 0 }

    const countOne = Effect.fnUntraced(function*(path: string) {
      yield* Effect.logDebug(`counting ${path}`)
      const mine = yield* ThreadLocal.get(tally)
      yield* Effect.match(Semaphore.withPermit(opening, count(path)), {
        onSuccess: (file) => {
          Tally.add(mine, file)
          share.bytes += file.bytes
        },
        onFailure: (error) => Tally.addUnreadable(mine, "file", path, error)
      })
      share.files++
      if (share.files % filesPerBatch === 0) yield* handIn
    })

    const countAll = Effect.gen(function*() {
      for (let path = yield* Buffer.take(paths); Option.isSome(path); path = yield* Buffer.take(paths)) {
        yield* countOne(path.value)
      }
    })
    yield* untilStopped(countAll).pipe(Effect.ensuring(handIn))
    return share
  })

  yield* showProgress(Lock.withLock(lock, Effect.sync(() => ({ files: totals.files.length, bytes: totals.bytes }))))
  const walking = yield* Thread.fork(walker, { name: "walker" })
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: threads, threadNamePrefix: "worker" })
  const futures = yield* Effect.replicateEffect(ThreadPoolExecutor.submit(pool, worker), threads)
  const shares = yield* Effect.forEach(futures, Future.result)
  yield* Thread.join(walking)
  return { folder, totals, shares, partial: yield* Event.isSet(stop) } satisfies Census
}, (counting, { stop }) =>
  // If anything breaks, the walker must not wait for workers that are gone.
  Effect.onError(counting, () => Event.set(stop)), Effect.scoped)
