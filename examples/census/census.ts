/**
 * The census itself: one thread walks the folder and puts what it finds into a buffer; workers take from it, some files at a time,
 * and have them counted by the pool, on whatever OS threads that has.
 *
 *     walker ── buffer (Condition) ──> worker_0 … worker_N (ThreadPoolExecutor) ── tally (ThreadLocal) ──> totals (Lock)
 *                                          │        ↑
 *                                        paths   a Stream of counts
 *                                          ↓        │
 *                                       countFiles (Task), one for each OS thread
 *
 * Setting `stop` (Event) ends it early: everybody drops what is half done, hands in what is counted, and ends.
 */
import { Effect, Stream } from "effect"
import { Event, Future, Lock, Task, Thread, ThreadLocal, ThreadPoolExecutor } from "effect-threading"
import * as Buffer from "./buffer.ts"
import { showProgress } from "./progress.ts"
import * as Tally from "./tally.ts"
import { unreadable } from "./unreadable.ts"
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

const tasks = Task.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url))

export const census = Effect.fnUntraced(function*({ folder, stop, threads }: Options) {
  const paths = yield* Buffer.make<string>(256)

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
      Effect.map(ThreadLocal.get(tally), (mine) => {
        mine.unreadable.push(unreadable("folder", path, error))
      })
  }).pipe(
    untilStopped,
    Effect.ensuring(Buffer.close(paths)),
    Effect.ensuring(handIn)
  )

  const worker = Effect.gen(function*() {
    const { name } = yield* Thread.current
    const share = { thread: name, files: 0, bytes: 0 }

    const countSome = Effect.fnUntraced(function*(some: ReadonlyArray<string>) {
      const mine = yield* ThreadLocal.get(tally)
      yield* Stream.runForEach(tasks.countFiles(some), (file) =>
        Effect.sync(() => {
          share.files++
          if ("reason" in file) return mine.unreadable.push(file)
          Tally.add(mine, file)
          share.bytes += file.bytes
        }))
      yield* handIn
    })

    // A task for each file would cost more than a small file; and no worker may be left with many when there are few.
    const takeSome = Buffer.take(paths, 1 / (2 * threads))
    const countAll = Effect.gen(function*() {
      for (let some = yield* takeSome; some.length > 0; some = yield* takeSome) yield* countSome(some)
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
