/**
 * The words in which waiting is told: what is waited for, by whom, who holds what, and what has to end before a wait can. They
 * stand below all that speaks of them: queues, locks, threads, deadlocks, dumps.
 */
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"

/** What can be waited on, as it is shown in a thread's state. */
export interface Waitable {
  readonly kind: string
  readonly name: string
  holder?(): string | undefined
  /** What must have come to an end before whoever waits in this queue can go on, as far as that is certain. */
  obstacles?(queue: object): Obstacles | undefined
  /** It is found without a list of those that somebody waits for. */
  readonly isEnumerated?: boolean
}

/** A waiter, whatever it waits for. */
export interface AnyWaiter {
  readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly thread: Parker | undefined
  readonly queue: { readonly on: Waitable } | undefined
  readonly isGranted: boolean
  /** When it came to this queue. */
  readonly since: number
  /** Stays in line though it is interrupted. */
  readonly isBound: boolean
  /** How many operations its fiber had done since it was resumed last when it came here, which tells whether it still waits. */
  readonly operations: number
  /** Part of a deadlock that was reported. */
  isReported: boolean
}

/** The thread that a waiting fiber works for, as far as a queue has to know it. */
export interface Parker {
  readonly name: string
  readonly ident: number
  readonly daemon: boolean
  /** Locks that it has taken and may hold. */
  locks: Set<WeakRef<Holdable>> | undefined
  blocked(waiter: AnyWaiter): void
  unblocked(waiter: AnyWaiter): void
  touch(): void
}

/** The thread of the current fiber; `threadRecord` refines its type. */
export const CurrentParker: Context.Reference<Parker | undefined> = Context.Reference(
  "effect-threading/CurrentThread",
  { defaultValue: (): Parker | undefined => undefined }
)

/** A fiber that has to come to an end, or to release what it holds, before a wait can end. */
export interface Obstacle {
  /** Undefined for something that can go on by itself. */
  readonly fiber: Fiber.Fiber<unknown, unknown> | undefined
  readonly hold?: Held | undefined
}

export interface Obstacles {
  /** Each of these fibers has to go on, so the wait is stuck if any of them is; or one is enough, so it takes them all. */
  readonly stuckIf: "any" | "all"
  /** Walked only as far as it takes. */
  readonly fibers: Iterable<Obstacle>
}

/** One acquisition of a lock. */
export interface Held {
  readonly mutex: Waitable
  readonly fiber: Fiber.Fiber<unknown, unknown>
  /** Its fiber's context when it took the lock, which tells where that was. */
  readonly context: Context.Context<never>
  readonly since: number
  readonly thread: Parker | undefined
}

/** A lock, as far as those have to know it who note which they hold. */
export interface Holdable extends Waitable {
  /** The `ident` of the thread that has noted it last. */
  notedBy: number | undefined
  readonly reference: WeakRef<Holdable>
  /** The holds that this thread has of it, outermost first. */
  holdsOf(thread: Parker): ReadonlyArray<Held>
}
