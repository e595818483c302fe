/** What a program must not leave behind: threads, held locks, fibers that go on, and failures that nobody asked about. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { ObservedHold, ObservedThread, Observer } from "../../internal/observer.ts"
import type { Failed } from "./findings.ts"
import type { World } from "./world.ts"

const nothing: ReadonlyArray<string> = []

export class Watch implements Observer {
  private readonly held = new Set<ObservedHold>()
  private readonly threads = new Set<ObservedThread>()
  private readonly failures: Array<Failed> = []

  holds(hold: ObservedHold): void {
    this.held.add(hold)
  }

  released(hold: ObservedHold): void {
    this.held.delete(hold)
  }

  started(thread: ObservedThread): void {
    this.threads.add(thread)
  }

  ended(thread: ObservedThread): void {
    this.threads.delete(thread)
    const { exit } = thread
    if (exit !== undefined && Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) this.failures.push(thread)
  }

  failed(future: Failed): void {
    this.failures.push(future)
  }

  /** What was left behind, in words. */
  leaks(world: World): ReadonlyArray<string> {
    const fibers = world.strands.filter(({ fiber }) => fiber !== undefined && fiber.pollUnsafe() === undefined)
    // Asked after each run, and nearly always there is nothing.
    if (fibers.length + this.threads.size + this.held.size === 0) return nothing
    const threads = new Set(Array.from(this.threads, ({ fiber }) => fiber))
    return [
      ...Array.from(this.threads, ({ name }) => `thread ${name} still runs`),
      ...Array.from(this.held, ({ mutex }) => `${mutex.name} is still held`),
      ...fibers.filter(({ fiber }) => !threads.has(fiber))
        .map(({ fiber }) => `fiber #${fiber!.id} has not ended: it was detached and nobody waits for it`)
    ]
  }

  /** Threads and futures that failed, and nobody joined or awaited them. */
  get unobserved(): ReadonlyArray<Failed> {
    return this.failures.filter(({ isObserved }) => !isObserved)
  }
}
