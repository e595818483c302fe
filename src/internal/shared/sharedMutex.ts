/**
 * What one OS thread makes of a lock in shared memory: a lock of its own, with all that those have, which has to have the word in
 * memory before anybody may enter. The word is kept while fibers here hand the lock on among themselves, though not for long if
 * others wait; synchronous code takes the word as well.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { isInterruption, tellWait } from "../checkpoint.ts"
import type { Form, Hold } from "../hold.ts"
import { withHold } from "../holding.ts"
import { Mutex } from "../mutex.ts"
import type { Obstacles } from "../waiting.ts"
import type { Waiter } from "../waitQueue.ts"
import { CannotBlockError, mayWait, synchronous } from "./blocking.ts"
import { LockAbandonedError } from "./lockAbandoned.ts"
import { Contender, LockWord } from "./lockWord.ts"
import type { Attempt } from "./lockWord.ts"
import type { OsThreads } from "./osThreads.ts"
import { firstCell, share, Shared, viewsOf } from "./sharedData.ts"
import type { SharedData } from "./sharedData.ts"
import { SharedQueue } from "./sharedQueue.ts"
import type { Desk } from "./sharedQueue.ts"

/** How often fibers here hand the lock on while others wait, before these get their chance. */
const runs = 32

/** How far, in milliseconds, clocks are trusted to agree. */
const margin = 100

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Held until somebody releases, who may come with other data of the same lock, while nobody has these any more. */
const acquired = new Set<SharedMutex>()

export class SharedMutex extends Mutex implements Desk<Hold> {
  private readonly word: LockWord
  /** Whether the word is taken for the fibers here. */
  private isOurs = false
  /** Whether synchronous code here has it. */
  isOfSync = false
  /** Passes on a notification that the synchronous code has consumed, should it be interrupted. */
  renotify: (() => void) | undefined
  private handedOn = 0
  private readonly contender = new Contender()
  /** The dead owner whose leavings are being repaired here. */
  private repairing: number | undefined
  private isSound = false

  private readonly data: SharedData

  constructor(kind: "Lock" | "RLock", data: SharedData, threads: OsThreads) {
    super(kind, data.name, (mutex: SharedMutex) => new SharedQueue<Hold>(mutex, mutex))
    this.data = data
    this.word = new LockWord(data.memory, firstCell, threads)
  }

  override get isHeld(): boolean {
    return this.word.owner !== 0
  }

  override holder(): string | undefined {
    const { owner } = this.word
    return super.holder() ?? (owner === 0 ? undefined : `OS thread ${owner - 1}`)
  }

  protected override claim(): boolean {
    if (this.root !== undefined || this.queue.first !== undefined) return false
    return this.isOurs ||= this.word.takeFresh() === "taken"
  }

  protected override enter(parent: Hold | undefined, fiber: Fiber.Fiber<unknown, unknown>, form: Form): Hold {
    if (form === "acquire") acquired.add(this)
    return super.enter(parent, fiber, form)
  }

  protected override vacated(): void {
    if (this.repairing !== undefined) this.endRepair(this.repairing)
    this.queue.settle()
    this.letGo()
  }

  /** Gives the word back, unless it is of use here. */
  private letGo(): void {
    if (!this.isOurs || this.root !== undefined) return
    this.isOurs = false
    this.handedOn = 0
    if (acquired.size > 0) acquired.delete(this)
    this.word.release()
  }

  serve(): void {
    if (this.root !== undefined) return
    if (this.isOurs && ++this.handedOn > runs && this.word.hasWaiters) this.letGo()
    while (!this.isOurs) {
      const attempt = this.word.take(this.contender)
      if (attempt === "abandoned") return this.failAll()
      if (attempt === "taken") {
        this.contender.reset()
        this.isOurs = true
        break
      }
      const expected = this.word.prepare(this.contender)
      if (expected !== undefined) {
        return (this.queue as SharedQueue<Hold>).sleep(this.word.cells, this.word.index, expected)
      }
    }
    this.settleOuter(this.queue)
    this.letGo()
  }

  woken(isOverdue: boolean): void {
    // Meant for whoever waits, and of no use here.
    if (this.isOurs || this.queue.first === undefined) return this.word.passOn()
    this.word.woken(this.contender, isOverdue)
    this.queue.settle()
    if (!isOverdue) return
    for (let waiter: Waiter<Hold> | undefined = this.queue.first; waiter !== undefined; waiter = waiter.next) {
      tellWait(waiter.fiber, this.data)
    }
  }

  /** What has kept others from it ever since that time, and so keeps them still. */
  obstaclesSince(time: number): Obstacles | undefined {
    const { root } = this
    return root !== undefined && root.since + margin < time ? this.obstacles(this.queue) : undefined
  }

  deserted(): void {
    if (!this.isOurs) this.word.giveUp(this.contender)
  }

  private failAll(): void {
    for (let waiter = this.queue.first; waiter !== undefined; waiter = this.queue.first) {
      this.queue.fail(waiter, Exit.fail(this.abandonedError))
    }
  }

  private get abandonedError(): LockAbandonedError {
    return new LockAbandonedError({ lock: this.name, ident: this.word.lastDead - 1 })
  }

  override refusal(): Exit.Exit<never, LockAbandonedError> | undefined {
    if (this.root === undefined) this.word.look()
    return this.word.deadOwner === undefined ? undefined : Exit.fail(this.abandonedError)
  }

  /** Has the effect repair what a dead owner has left, while it holds the lock: false if there is nothing to repair. */
  recover<A, E, R>(repair: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R> {
    return Effect.uninterruptibleMask((restore) => {
      this.word.look()
      const deadOwner = this.word.takeForRepair()
      if (deadOwner === undefined) return this.repairedElsewhere(restore, repair)
      this.isOurs = true
      this.repairing = deadOwner
      const hold = this.enter(undefined, Fiber.getCurrent()!, "withLock")
      return Effect.onExitPrimitive(
        Effect.as(restore(this.scoped.provide!(hold, repair)), true),
        (exit) => {
          this.isSound = Exit.isSuccess(exit)
          this.end(hold, exit)
          return undefined
        },
        true
      )
    })
  }

  /** Who repairs holds the lock: it is had when that has succeeded. */
  private repairedElsewhere<A, E, R>(restore: Restore, repair: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R> {
    if (!this.word.isBeingRepaired) return Effect.succeed(false)
    return Effect.flatMap(
      Effect.exit(restore(withHold(this.scoped, Effect.void))),
      (exit): Effect.Effect<boolean, E, R> => {
        if (Exit.isSuccess(exit)) return Effect.succeed(false)
        return Exit.hasInterrupts(exit) ? Effect.failCause(exit.cause) : this.recover(repair)
      }
    )
  }

  private endRepair(deadOwner: number): void {
    this.repairing = undefined
    if (this.isSound) return
    this.isOurs = false
    this.word.releaseUnrepaired(deadOwner)
  }

  /** Runs synchronous code while it holds the lock, for which it blocks this OS thread. */
  withSync<A>(f: () => A): A {
    if (!this.enterSync()) return f()
    try {
      return synchronous(f(), this.kind)
    } catch (error) {
      if (isInterruption(error)) this.renotify?.()
      throw error
    } finally {
      this.renotify = undefined
      // Unless a condition has given it back, and found it abandoned then.
      if (this.isOfSync) this.leaveSync()
    }
  }

  private leaveSync(): void {
    this.isOfSync = false
    this.word.release()
  }

  /** Whether the synchronous code that runs now holds it, or the fiber that runs it. */
  get isHeldSync(): boolean {
    const fiber = Fiber.getCurrent()
    return this.isOfSync || fiber !== undefined && this.heldBy(fiber) !== undefined
  }

  /** Gives it back for as long as the synchronous code that holds it sleeps, and takes it again whatever comes of that. */
  givenBack(sleep: () => void): void {
    this.leaveSync()
    try {
      sleep()
    } finally {
      this.takeAgain()
    }
  }

  private takeAgain(): void {
    if (this.takeBlocking(() => {}) === "abandoned") throw this.abandonedError
    this.isOfSync = true
  }

  private takeBlocking(mayWait: () => void): Attempt {
    const contender = new Contender()
    // A wait that is under way for the fibers here would swallow the one wake-up that there is, so all have to be woken.
    contender.isOverdue = (this.queue as SharedQueue<Hold>).isAsleep
    return this.word.takeBlocking(mayWait, contender)
  }

  /** False if it is held already by who enters again. */
  private enterSync(): boolean {
    const isTaken = !this.isOfSync && !this.isOurs && this.word.takeFresh() === "taken"
    return isTaken ? this.isOfSync = true : this.enterBlocking(`${this.kind}.withLockSync`)
  }

  // Apart from what is done each time, which has to stay small.
  private enterBlocking(operation: string): boolean {
    const fiber = Fiber.getCurrent()
    if (this.kind === "RLock" && (this.isOfSync || fiber !== undefined && this.heldBy(fiber) !== undefined)) {
      return false
    }
    // In a bundle there may be another copy of this module, which has it.
    if (this.isOfSync || this.isOurs || this.word.isMine) {
      throw new CannotBlockError({
        operation,
        primitive: this.name,
        advice: "This very OS thread holds it, and could never release it while it is blocked: use the effect."
      })
    }
    const ask = mayWait(operation, this.name)
    let sleeps = 0
    const attempt = this.takeBlocking(() => {
      ask()
      if (++sleeps > 1) tellWait(fiber, this.data)
    })
    if (attempt === "abandoned") throw this.abandonedError
    return this.isOfSync = true
  }
}

export const mutexViews = {
  Lock: viewsOf("Lock", (data: SharedData, threads) => new SharedMutex("Lock", data, threads)),
  RLock: viewsOf("RLock", (data: SharedData, threads) => new SharedMutex("RLock", data, threads))
}

/** A new lock in shared memory, as plain data. */
export const shareMutex = (kind: "Lock" | "RLock", name: string | undefined): SharedData =>
  share(kind, firstCell + 1, name)

/** What is behind a shared lock here, or on another OS thread that is played here. */
export const sharedMutex = (lock: unknown, threads?: OsThreads): SharedMutex => {
  const data = lock as SharedData | undefined
  const views = mutexViews[data?.[Shared] === "RLock" ? "RLock" : "Lock"]
  return views.of(threads === undefined ? data! : views.as(data!, threads))
}

/** What is behind a lock, shared or not. */
export const mutexOf = (lock: unknown): Mutex => lock instanceof Mutex ? lock : sharedMutex(lock)
