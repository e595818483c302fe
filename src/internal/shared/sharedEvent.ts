/**
 * An event in one word of shared memory, which counts how often it was set or cleared. All who wait sleep on it, here or in
 * another OS thread, each as long as it is what it was when they came: so nobody misses a set that is cleared at once.
 */
import { compareExchange, load, notify, wait } from "../atomics.ts"
import { EventState, isOdd } from "../event.ts"
import { now } from "../time.ts"
import type { WaitQueue } from "../waitQueue.ts"
import { mayWait } from "./blocking.ts"
import { lookAfter } from "./lockWord.ts"
import { firstCell, share, viewsOf } from "./sharedData.ts"
import type { SharedData } from "./sharedData.ts"
import { SharedQueue } from "./sharedQueue.ts"
import type { Desk } from "./sharedQueue.ts"

const at = firstCell

export class SharedEventState extends EventState implements Desk<void> {
  private readonly cells: Int32Array

  constructor({ memory, name }: SharedData) {
    super(name, (event: SharedEventState) => new SharedQueue<void>(event, event))
    this.cells = memory
  }

  override get changes(): number {
    return load(this.cells, at)
  }

  override turn(isSet: boolean): void {
    const { cells, changes } = this
    if (isOdd(changes) === isSet) return
    if (compareExchange(cells, at, changes, changes + 1 | 0) !== changes) return this.turn(isSet)
    if (!isSet) return
    notify(cells, at)
    this.queue.settle()
  }

  serve(queue: WaitQueue<void>): void {
    this.wake()
    if (queue.first !== undefined) (queue as SharedQueue<void>).sleep(this.cells, at, queue.first.request as number)
  }

  woken(): void {
    this.queue.settle()
  }

  /** A wait on memory cannot be taken back, only woken; else it would keep all this for ever. */
  deserted(): void {
    notify(this.cells, at)
  }

  /** Blocks this OS thread until it is set, or for so many milliseconds: whether it was set. */
  waitBlocking(ms: number, ask = mayWait("Event.waitSync", this.name)): boolean {
    const { changes } = this
    const until = now() + ms
    while (!isOdd(changes) && this.changes === changes) {
      const left = until - now()
      if (left <= 0) return false
      ask()
      wait(this.cells, at, changes, Math.min(left, lookAfter))
    }
    return true
  }
}

export const eventViews = viewsOf("Event", (data: SharedData) => new SharedEventState(data))

/** A new event in shared memory, as plain data. */
export const shareEvent = (name: string | undefined): SharedData => share("Event", at + 1, name)

/** What is behind a shared event here. */
export const sharedEvent = (event: unknown): SharedEventState => eventViews.of(event as SharedData)
