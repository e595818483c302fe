/** The event under `Event`: whether it is set, and who waits for that. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { nextName } from "./names.ts"
import type { Waitable } from "./waiting.ts"
import { lineUp, Waiter, WaitQueue } from "./waitQueue.ts"

export class EventState implements Waitable {
  readonly kind = "Event"
  private given: string | undefined
  private count = 0
  readonly queue: WaitQueue<void>

  constructor(name: string | undefined, queueOf?: (event: never) => WaitQueue<void>) {
    this.given = name || undefined
    this.queue = queueOf?.(this as never) ?? new WaitQueue<void>(this, () => this.wake())
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  /** How often it was set or cleared: odd while it is set. Whoever came when this was even and finds another number may go on. */
  get changes(): number {
    return this.count
  }

  get isSet(): boolean {
    return isOdd(this.changes)
  }

  turn(isSet: boolean): void {
    if (this.isSet !== isSet) this.count++
    this.queue.settle()
  }

  wait(): Effect.Effect<void> {
    if (this.isSet) return Effect.void
    return Effect.callback((resume) =>
      lineUp(this.queue, new Waiter(Fiber.getCurrent()!, this.changes), undefined, Exit.succeed, resume)
    )
  }

  /** Lets everybody go on who came before it was set. */
  protected wake(): void {
    const { changes, queue } = this
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) {
      // Nobody behind came earlier.
      if (!isOdd(changes) && waiter.request === changes) return
      queue.grant(waiter, undefined)
    }
  }

  toString(): string {
    return `${this.name}(${this.isSet ? "set" : "unset"}, ${this.queue.size} waiting)`
  }

  toJSON(): unknown {
    return { _id: "Event", name: this.name, isSet: this.isSet, waiting: this.queue.size }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

export const isOdd = (changes: number): boolean => (changes & 1) !== 0
