/** Tasks that wait for events and at barriers, or have others wait. */
import * as Barrier from "effect-threading/Barrier"
import * as Event from "effect-threading/Event"
import * as Effect from "effect/Effect"

export const sets = (event: Event.SharedEvent): Effect.Effect<void> => Event.set(event)

export const setsSync = (event: Event.SharedEvent): void => Event.setSync(event)

export const waits = (event: Event.SharedEvent): Effect.Effect<void> => Event.wait(event)

export const waitsSync = (event: Event.SharedEvent, timeout?: number): boolean => Event.waitSync(event, timeout)

/** Answers each ping with a pong. */
export const pongs = (ping: Event.SharedEvent, pong: Event.SharedEvent, count: number): void => {
  for (let round = 0; round < count; round++) {
    Event.waitSync(ping)
    Event.clearSync(ping)
    Event.setSync(pong)
  }
}

/** Comes to each round, and tells how many had come to each when it left it, and in which place it came. */
export interface Rounds {
  readonly seen: ReadonlyArray<number>
  readonly places: ReadonlyArray<number>
}

/** A cell for each round counts who has come. */
export const meets = (barrier: Barrier.SharedBarrier, came: Int32Array) =>
  Effect.gen(function*() {
    const [seen, places]: [Array<number>, Array<number>] = [[], []]
    for (const round of came.keys()) {
      Atomics.add(came, round, 1)
      places.push(yield* Barrier.wait(barrier))
      seen.push(Atomics.load(came, round))
    }
    return { seen, places } satisfies Rounds
  })

export const meetsSync = (barrier: Barrier.SharedBarrier, came: Int32Array): Rounds => {
  const [seen, places]: [Array<number>, Array<number>] = [[], []]
  for (const round of came.keys()) {
    Atomics.add(came, round, 1)
    places.push(Barrier.waitSync(barrier))
    seen.push(Atomics.load(came, round))
  }
  return { seen, places }
}

export const comes = (barrier: Barrier.SharedBarrier): number => Barrier.waitSync(barrier)

export const aborts = (barrier: Barrier.SharedBarrier): void => Barrier.abortSync(barrier)

/** Ends its worker while it waits. */
export const exitsAt = (barrier: Barrier.SharedBarrier) =>
  Effect.gen(function*() {
    yield* Effect.forkChild(Barrier.wait(barrier), { startImmediately: true })
    return process.exit(3)
  })

/** Waits, and never looks again. */
export const spinsAt = (barrier: Barrier.SharedBarrier) =>
  Effect.gen(function*() {
    yield* Effect.forkChild(Barrier.wait(barrier), { startImmediately: true })
    for (;;);
  })
