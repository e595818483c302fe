/** The queue of the jobs of an executor or a pool, and those who wait for room in it, first come, first served. */
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as MutableList from "effect/MutableList"
import type { Waitable } from "./waiting.ts"
import { parkFor, Waiter, WaitQueue } from "./waitQueue.ts"

/** Room in a full queue, reserved for who waited for it first. */
export interface Seat {
  isTaken: boolean
}

/** What can be queued: once it is not pending any more, its entry means nothing. */
interface Entry {
  readonly isPending: boolean
}

export class JobQueue<Job extends Entry> {
  /** How many are to be run yet. The entry of one that left out of turn stays until it comes up. */
  size = 0
  private readonly entries = MutableList.make<Job>()
  /** Room that was granted to submitters that have not gone on yet. */
  private reserved = 0
  private readonly room: WaitQueue<Seat>
  private readonly capacity: () => number

  /** `capacity` tells how many it may hold now. */
  constructor(on: Waitable, capacity: () => number) {
    this.capacity = capacity
    this.room = new WaitQueue<Seat>(on, (queue) => {
      while (!this.isFull && queue.first !== undefined) {
        this.reserved++
        queue.grant(queue.first, { isTaken: false })
      }
    })
  }

  get isFull(): boolean {
    return this.capacity() <= this.size + this.reserved
  }

  /** Whether this is where submitters wait. */
  isRoom(queue: object): boolean {
    return queue === this.room
  }

  append(job: Job): void {
    this.size++
    MutableList.append(this.entries, job)
  }

  /** The next one to run. It counts until it is said to have left. */
  next(): Job {
    for (;;) {
      const job = MutableList.take(this.entries) as Job
      if (job.isPending) return job
    }
  }

  /** Puts the next one back to where it was. */
  putBack(job: Job): void {
    MutableList.prepend(this.entries, job)
  }

  /** Takes one back in front that has left. */
  takeBack(job: Job): void {
    this.size++
    this.putBack(job)
  }

  /** One has left: to be run, in turn or not, or cancelled. */
  left(): void {
    this.size--
    this.settle()
    if (this.entries.length > 32 && this.entries.length > 2 * this.size) {
      MutableList.filter(this.entries, (job) => job.isPending)
    }
  }

  /** Takes out all that are to be run yet. */
  drain(): ReadonlyArray<Job> {
    const jobs: Array<Job> = []
    for (; this.size > 0; this.size--) jobs.push(this.next())
    return jobs
  }

  /** Lets in as many submitters as there is room for. To be called after every change of the capacity. */
  settle(): void {
    this.room.settle()
  }

  /**
   * Waits for room, and goes on with it in the same step. Whoever is interrupted with room in hand leaves it to the next; so
   * taking it is one step with going on.
   */
  waitForRoom<A, E>(
    fiber: Fiber.Fiber<unknown, unknown>,
    then: (seat: Seat) => Effect.Effect<A, E>
  ): Effect.Effect<A, E> {
    return parkFor(this.room, new Waiter<Seat>(fiber, undefined), (seat) => this.leave(seat), then)
  }

  /** Gives up the room, or has put a job there. */
  leave(seat: Seat): void {
    if (seat.isTaken) return
    seat.isTaken = true
    this.reserved--
    this.settle()
  }
}
