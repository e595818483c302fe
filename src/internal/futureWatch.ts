/**
 * Waits on several futures at once. While one of an executor's tasks waits here, pending futures of that executor are started on
 * its place, one after the other, as a wait for one of them does.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { CurrentTask, lendAgain, lendPlace } from "./futureState.ts"
import type { FutureState } from "./futureState.ts"
import type { Obstacle, Obstacles } from "./waiting.ts"
import { park, Waiter, WaitQueue } from "./waitQueue.ts"

export class FutureWatch {
  private readonly all: ReadonlyArray<FutureState>
  private readonly needsAll: boolean
  private readonly isOpen: () => boolean
  private readonly stops: Array<() => void> = []
  private readonly queue: WaitQueue<void>
  /** The fiber that waits, from before it starts anything: what it starts may end before it is in the queue. */
  private waiting: Fiber.Fiber<unknown, unknown> | undefined = undefined
  private giveBack: (() => void) | undefined = undefined
  /** The future that was started last. */
  private lent: FutureState | undefined = undefined
  private next = 0
  /** How many at the beginning of the list have ended. */
  private ended = 0

  constructor(
    all: ReadonlyArray<FutureState>,
    needsAll: boolean,
    isOpen: () => boolean,
    ended: (future: FutureState) => void
  ) {
    this.all = all
    this.needsAll = needsAll
    this.isOpen = isOpen
    const name = `${needsAll ? "all" : "one"} of ${all.length} futures`
    this.queue = new WaitQueue<void>({ kind: "Future", name, obstacles: () => this.obstacles() }, (queue) => {
      if (isOpen()) queue.grant(queue.first!, undefined)
    })
    const observer = (future: FutureState) => {
      ended(future)
      this.queue.settle()
      if (this.waiting !== undefined && !isOpen()) this.lend(this.waiting)
    }
    for (const future of all) if (future.exit === undefined) this.stops.push(future.observe(observer))
  }

  // Of what may be very many futures, mostly the first that has not ended tells that the wait can.
  private obstacles(): Obstacles | undefined {
    const { all, needsAll } = this
    while (all[this.ended]?.exit !== undefined) this.ended++
    if (!needsAll && all[this.ended]?.phase !== "running") return undefined
    return { stuckIf: needsAll ? "any" : "all", fibers: { [Symbol.iterator]: () => this.runners() } }
  }

  private *runners(): Generator<Obstacle> {
    for (let index = this.ended; index < this.all.length; index++) {
      const future = this.all[index]!
      if (future.exit !== undefined) continue
      const obstacles = future.phase === "running" ? future.obstacles() : undefined
      if (obstacles !== undefined) yield* obstacles.fibers
      else if (!this.needsAll) yield { fiber: undefined }
    }
  }

  private lend(fiber: Fiber.Fiber<unknown, unknown>): void {
    const { lent } = this
    // The place has room for one: nothing else is started while that runs, also if it outlasted an earlier wait.
    if (lent !== undefined && lent.exit === undefined) {
      this.giveBack ??= lendAgain(lent, fiber)
      return
    }
    this.giveBack?.()
    this.giveBack = undefined
    if (fiber.getRef(CurrentTask) === undefined) return
    while (this.giveBack === undefined && this.next < this.all.length) {
      this.lent = this.all[this.next++]!
      this.giveBack = lendPlace(this.lent, fiber)
    }
    if (this.giveBack === undefined) this.lent = undefined
  }

  readonly opened: Effect.Effect<void> = Effect.suspend(() => {
    if (this.isOpen()) return Effect.void
    const fiber = Fiber.getCurrent()!
    return Effect.onExitPrimitive(
      Effect.suspend(() => {
        this.waiting = fiber
        this.lend(fiber)
        return park(this.queue, new Waiter<void>(fiber, undefined), undefined)
      }),
      () => {
        this.waiting = undefined
        this.giveBack?.()
        this.giveBack = undefined
        return undefined
      }
    )
  })

  readonly stop: Effect.Effect<void> = Effect.sync(() => {
    for (const stop of this.stops) stop()
  })
}
