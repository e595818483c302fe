/**
 * What one OS thread makes of a read-write lock in shared memory: a lock of its own, whose holds are noted in memory as well, and
 * whose two lines wait for their turn there.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Hold } from "../hold.ts"
import { withHold } from "../holding.ts"
import { ReadWriteLockState } from "../readWriteLock.ts"
import type { Access, Mode } from "../readWriteLock.ts"
import { now } from "../time.ts"
import type { WaitQueue } from "../waitQueue.ts"
import { CannotBlockError, mayWait, sleepsLong, synchronous } from "./blocking.ts"
import { LockAbandonedError } from "./lockAbandoned.ts"
import { lookAfter } from "./lockWord.ts"
import type { OsThreads } from "./osThreads.ts"
import { ReadWriteCells, readWriteSize } from "./readWriteCells.ts"
import { share, viewsOf } from "./sharedData.ts"
import type { SharedData } from "./sharedData.ts"
import { SharedQueue } from "./sharedQueue.ts"
import type { Desk } from "./sharedQueue.ts"

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

class SharedReadWriteLockState extends ReadWriteLockState implements Desk<Hold> {
  private readonly shared: ReadWriteCells
  /** What synchronous code that runs here holds it for. An effect that is run there is not inside: it may be anybody's. */
  private ofSync: Mode | undefined
  private isOverdue = false
  private lookedAt = -Infinity

  constructor(data: SharedData, threads: OsThreads) {
    super(data.name, (lock: SharedReadWriteLockState) => new SharedQueue<Hold>(lock, lock))
    this.shared = new ReadWriteCells(data.memory, threads)
    this.shared.look()
  }

  override get readerCount(): number {
    return this.shared.readers
  }

  override get isWriteLocked(): boolean {
    return this.shared.writer !== 0
  }

  override holder(): string | undefined {
    const { writer } = this.shared
    return super.holder() ?? (writer === 0 ? undefined : `OS thread ${writer - 1}`)
  }

  protected override take(mode: Mode, isAgain: boolean): boolean {
    if (isAgain) {
      this.shared.takeAgain()
      return true
    }
    if (mode === "write" && this.writing.first !== undefined) return false
    return this.takeNow(mode) || this.looks() && this.takeNow(mode)
  }

  private takeNow(mode: Mode): boolean {
    return this.shared.take(mode, 1, false) === "taken"
  }

  /** The dead may have had what was not to be had at once. That need not be asked each time. */
  private looks(): boolean {
    const isDue = now() - this.lookedAt > lookAfter
    if (isDue) {
      this.lookedAt = now()
      this.shared.look()
    }
    return isDue
  }

  protected override giveBack(mode: Mode): void {
    this.shared.giveBack(mode)
  }

  override settle(): void {
    this.reading.settle()
    this.writing.settle()
  }

  serve(queue: WaitQueue<Hold>): void {
    const mode = queue === this.reading ? "read" : "write"
    while (queue.first !== undefined) {
      // Readers go on together.
      const count = mode === "read" ? queue.size : 1
      const attempt = this.shared.take(mode, count, true, this.isOverdue)
      if (attempt === "held") {
        const { cells, expected, mailbox } = this.shared
        return (queue as SharedQueue<Hold>).sleep(cells, mailbox, expected)
      }
      if (attempt === "abandoned") return this.failAll(queue)
      for (let left = count; left > 0; left--) {
        const waiter = queue.first
        queue.grant(waiter, this.enter(waiter.fiber, mode, (waiter.request as Access).form))
      }
    }
  }

  woken(isOverdue: boolean): void {
    if (isOverdue) this.shared.look()
    this.isOverdue = isOverdue
    this.settle()
    this.isOverdue = false
  }

  deserted(): void {
    this.shared.leave(this.reading.first !== undefined, this.writing.first !== undefined)
    // The lines share a mailbox.
    for (const queue of [this.reading, this.writing]) {
      if (queue.first === undefined) (queue as SharedQueue<Hold>).rouse()
    }
  }

  private failAll(queue: WaitQueue<Hold>): void {
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) {
      queue.fail(waiter, Exit.fail(this.abandonedError))
    }
  }

  private get abandonedError(): LockAbandonedError {
    return new LockAbandonedError({ lock: this.name, ident: this.shared.dead - 1 })
  }

  override refusal(): Exit.Exit<never, LockAbandonedError> | undefined {
    return this.shared.isAbandoned ? Exit.fail(this.abandonedError) : undefined
  }

  /** Has the effect repair what a dead writer has left, while it holds the lock: false if there is nothing to repair. */
  recover<A, E, R>(repair: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R> {
    return Effect.uninterruptibleMask((restore) => {
      this.shared.look()
      if (!this.shared.takeForRepair()) return this.repairedElsewhere(restore, repair)
      const hold = this.enter(Fiber.getCurrent()!, "write", "withLock")
      return Effect.onExitPrimitive(
        Effect.as(restore(this.write.provide(hold, repair)), true),
        (exit) => {
          if (Exit.isSuccess(exit)) this.shared.repaired()
          this.end(hold)
          return undefined
        },
        true
      )
    })
  }

  /** Who repairs holds the lock: it is had when that has succeeded. */
  private repairedElsewhere<A, E, R>(restore: Restore, repair: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R> {
    if (this.shared.dead === 0) return Effect.succeed(false)
    return Effect.flatMap(
      Effect.exit(restore(withHold(this.read, Effect.void))),
      (exit): Effect.Effect<boolean, E, R> => {
        if (Exit.isSuccess(exit)) return Effect.succeed(false)
        return Exit.hasInterrupts(exit) ? Effect.failCause(exit.cause) : this.recover(repair)
      }
    )
  }

  /** Runs synchronous code while it holds the lock, for which it blocks this OS thread. */
  withSync<A>(mode: Mode, f: () => A): A {
    const operation = `ReadWriteLock.${mode === "read" ? "withReadLockSync" : "withWriteLockSync"}`
    const before = this.ofSync
    this.enterSync(mode, operation)
    this.ofSync = before ?? mode
    try {
      return synchronous(f(), this.kind)
    } finally {
      this.ofSync = before
      this.shared.giveBack(mode)
      this.settle()
    }
  }

  private enterSync(mode: Mode, operation: string): void {
    const fiber = Fiber.getCurrent()
    const held = this.ofSync ?? (fiber && this.heldFor(fiber))
    if (held !== undefined && mode === "write") throw this.upgradeError(operation, held)
    // Behind a writer that waits for readers of this very OS thread it would wait for ever.
    const isRead = this.writer === undefined && this.readers.size > 0
    if (mode === "read" && (held !== undefined || isRead)) return this.shared.takeAgain()
    if (this.writer !== undefined || isRead) {
      throw new CannotBlockError({
        operation,
        primitive: this.name,
        advice: "This very OS thread holds it, and could never release it while it is blocked: use the effect."
      })
    }
    this.takeBlocking(mode, operation)
  }

  private takeBlocking(mode: Mode, operation: string): void {
    const { shared } = this
    if (this.take(mode, false)) return
    const ask = mayWait(operation, this.name)
    // The fibers here that wait can take nothing meanwhile.
    shared.leave(false, false)
    try {
      for (let isOverdue = false;;) {
        const attempt = shared.take(mode, 1, true, isOverdue)
        if (attempt === "taken") return
        if (attempt === "abandoned") throw this.abandonedError
        ask()
        isOverdue = sleepsLong(shared)
        if (isOverdue) shared.look()
      }
    } catch (error) {
      shared.leave(false, false)
      throw error
    } finally {
      this.settle()
    }
  }
}

export const readWriteLockViews = viewsOf(
  "ReadWriteLock",
  (data: SharedData, threads) => new SharedReadWriteLockState(data, threads)
)

/** A new read-write lock in shared memory, as plain data. */
export const shareReadWriteLock = (name: string | undefined): SharedData => share("ReadWriteLock", readWriteSize, name)

/** What is behind a shared read-write lock here. */
export const sharedReadWriteLock = (lock: unknown): SharedReadWriteLockState =>
  readWriteLockViews.of(lock as SharedData)
