/** Tasks that look at the worker they run in, and end it in the ways of browsers. */
import * as Event from "effect-threading/Event"
import * as Lock from "effect-threading/Lock"
import * as Semaphore from "effect-threading/Semaphore"
import * as Thread from "effect-threading/Thread"
import type * as ThreadGroup from "effect-threading/ThreadGroup"
import * as Effect from "effect/Effect"
import { nextTurn } from "../../src/internal/time.ts"

const worker = globalThis as unknown as {
  readonly name: string
  readonly SharedArrayBuffer?: unknown
  close(): void
  postMessage(message: unknown, transfer: ReadonlyArray<object>): void
}

const never = (): Promise<never> => new Promise(() => {})

export const double = (n: number): number => 2 * n

export const length = (bytes: Uint8Array): number => bytes.length

/** What the worker is called, which number it is known by, and by what it waits for its next turn. */
export const whoami = () => ({
  name: worker.name,
  nativeId: Thread.nativeId,
  isNode: nextTurn === globalThis.setImmediate
})

/** The idents of as many threads. */
export const idents = (count: number): Effect.Effect<ReadonlyArray<number>, never, ThreadGroup.ThreadGroup> =>
  Effect.gen(function*() {
    const threads = yield* Effect.forEach(Array.from({ length: count }), () => Thread.fork(Effect.void))
    return threads.map(({ ident }) => ident)
  })

export const sharesMemory = (): boolean => worker.SharedArrayBuffer !== undefined

const closes = (): Promise<never> => {
  worker.close()
  return never()
}

/** As a program does that gives its workers a `process.exit`. */
const exits = (): Promise<never> => {
  worker.postMessage({ exitCode: 7 }, [])
  return never()
}

export class Own extends RangeError {}

const throws = (error: unknown): Promise<never> => {
  setTimeout(() => {
    throw error
  })
  return never()
}

const rejects = (error: unknown): Promise<never> => {
  void Promise.reject(error)
  return never()
}

const spins = (): Promise<never> => {
  for (;;);
}

const ways = {
  closes,
  exits,
  spins,
  throws: () => throws(new RangeError("outside")),
  rejects: () => rejects(new RangeError("unheard")),
  // No function can be sent.
  throwsFunction: () => throws(function outside() {}),
  rejectsFunction: () => rejects(function unheard() {})
}

export type Way = keyof typeof ways

export const dies = (way: Way): Promise<never> => ways[way]()

export const holds = (lock: Lock.SharedLock, held: Event.SharedEvent, way: Way) =>
  Lock.withLock(lock, Effect.andThen(Event.set(held), Effect.promise(ways[way])))

export const takes = (semaphore: Semaphore.SharedSemaphore, held: Event.SharedEvent, way: Way) =>
  Semaphore.withPermits(semaphore, 2, Effect.andThen(Event.set(held), Effect.promise(ways[way])))

/** Adds one so many times, under a lock. */
export const counts = (lock: Lock.SharedLock, cells: Int32Array, times: number): void => {
  for (let i = 0; i < times; i++) Lock.withLockSync(lock, () => cells[0]!++)
}
