/**
 * What the library knows of one thread: its identity, its fiber, what it waits on, its exit. Everything public about a
 * thread is a view of this record, and the fiber-scoped reference here is how a fiber knows which thread it belongs to.
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Pipeable from "effect/Pipeable"
import * as Scope from "effect/Scope"
import { sinceStart, start } from "./coarseClock.ts"
import { nextName } from "./names.ts"
import { observer } from "./observer.ts"
import { obstacleOf } from "./parked.ts"
import { isCounting, track, untrack } from "./scheduler.ts"
import { threadId } from "./shared/platform.ts"
import { CurrentParker } from "./waiting.ts"
import type { AnyWaiter, Holdable, Obstacles, Parker, Waitable } from "./waiting.ts"
import { open, WaitQueue } from "./waitQueue.ts"

/** The thread that the current fiber belongs to; helper fibers (`Effect.timeout`, `Effect.all`) inherit it. */
// Only thread records are ever put there; the wait queue below just doesn't know their whole type.
export const CurrentThread = CurrentParker as Context.Reference<ThreadRecord | undefined>

/** What a thread needs to know of the region it lives in. */
export interface Home {
  readonly id: number
  ended(thread: ThreadRecord, exit: Exit.Exit<unknown, unknown>): void
}

/** A thread-local, as far as a thread has to know it. */
export interface Local {
  readonly inherits: boolean
  copy(value: never): unknown
}

/** The state of a thread as its record can tell it; `Thread.State` is this type with the exit's type parameters. */
export type State =
  | { readonly _tag: "New" }
  | { readonly _tag: "Runnable" }
  | { readonly _tag: "Running" }
  | { readonly _tag: "Blocked"; readonly on: BlockedOn }
  | { readonly _tag: "Terminated"; readonly exit: Exit.Exit<unknown, unknown> }

/** What a blocked thread waits for, and the name of the thread that holds it, where one does. */
export interface BlockedOn {
  readonly kind: string
  readonly name: string
  readonly holder?: string | undefined
}

const asynchronous: BlockedOn = { kind: "Async", name: "an asynchronous operation" }

/** The number of the OS thread that this module was loaded on: 0 on the main thread and where none is known. */
export const nativeId: number = threadId ?? 0

let started = 0

export class ThreadRecord extends Pipeable.Class implements Waitable, Parker {
  readonly kind = "Thread"
  // Idents of different OS threads lie 2^32 apart, so they never meet.
  readonly ident: number = nativeId * 2 ** 32 + ++started
  readonly name: string
  readonly daemon: boolean
  /** Whether its region waits for it: daemons and executors' idle workers don't count. */
  readonly holds: boolean
  readonly home: Home
  /** What starts this thread, until it was started. */
  body: Effect.Effect<unknown, unknown> | undefined
  /** The context of the fiber that made this thread. */
  context: Context.Context<never> | undefined
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** The fiber that works for this thread just now: a worker's task, or else its own. */
  active: Fiber.Fiber<unknown, unknown> | undefined
  exit: Exit.Exit<unknown, unknown> | undefined
  private launchedAt: number | undefined
  /** Whether anybody has asked how it ends. */
  isObserved = false
  locks: Set<WeakRef<Holdable>> | undefined
  readonly joiners: WaitQueue<void>
  /** Where this thread's fibers are queued now: seldom more than one. */
  private wait: AnyWaiter | undefined
  private furtherWaits: Set<AnyWaiter> | undefined
  private watchers: Set<(state: State) => void> | undefined
  private shown: State | undefined
  private closeable: Scope.Closeable | undefined
  private values: Map<Local, unknown> | undefined

  constructor(
    home: Home,
    options: { readonly name?: string | undefined; readonly daemon: boolean; readonly holds?: boolean | undefined }
  ) {
    super()
    this.home = home
    // As in Python, an empty name is none.
    this.name = options.name || nextName("Thread")
    this.daemon = options.daemon
    this.holds = options.holds ?? !options.daemon
    this.joiners = new WaitQueue<void>(this, openWhenEnded)
  }

  /** What this thread acquired for its own lifetime, released when it ends. */
  get scope(): Scope.Closeable {
    return this.closeable ??= Scope.makeUnsafe()
  }

  get openedScope(): Scope.Closeable | undefined {
    return this.closeable
  }

  /** The values of this thread's locals, keyed by the local. */
  get locals(): Map<Local, unknown> {
    return this.values ??= new Map()
  }

  /** Takes over what its maker's locals hand down. */
  inherit(maker: ThreadRecord): void {
    if (maker.values === undefined) return
    for (const [local, value] of maker.values) if (local.inherits) this.locals.set(local, local.copy(value as never))
  }

  /** Binds the fiber that runs this thread. */
  run(fiber: Fiber.Fiber<unknown, unknown>): void {
    this.fiber = fiber
    this.active = fiber
    this.launchedAt = sinceStart()
    if (observer !== undefined) observer.started?.(this)
    if (this.watchers !== undefined) track(fiber, this)
    this.touch()
  }

  /** Lets another fiber work as this thread, or hands it back to the thread's own. */
  lend(fiber: Fiber.Fiber<unknown, unknown> | undefined): void {
    if (this.watchers !== undefined && this.active !== undefined) untrack(this.active)
    this.active = fiber ?? this.fiber
    if (this.watchers !== undefined && this.active !== undefined) track(this.active, this)
    this.touch()
  }

  finish(exit: Exit.Exit<unknown, unknown>): void {
    this.exit = exit
    if (this.active !== undefined) untrack(this.active)
    this.values = undefined
    this.context = undefined
    if (observer !== undefined) observer.ended?.(this)
    this.home.ended(this, exit)
    this.touch()
    this.joiners.settle()
  }

  /** Where this thread's fibers are queued now. */
  get waits(): ReadonlyArray<AnyWaiter> {
    const further = this.furtherWaits ?? []
    return this.wait === undefined ? [...further] : [this.wait, ...further]
  }

  get isEnumerated(): true {
    return true
  }

  /** When it was started, in milliseconds since 1970. */
  get startedAt(): number | undefined {
    return this.launchedAt === undefined ? undefined : start + this.launchedAt
  }

  /** What a joiner waits for. */
  obstacles(): Obstacles | undefined {
    return this.fiber && obstacleOf(this.fiber)
  }

  get isAlive(): boolean {
    return this.fiber !== undefined && this.exit === undefined
  }

  state(): State {
    if (this.exit !== undefined) return { _tag: "Terminated", exit: this.exit }
    const fiber = this.active
    if (fiber === undefined) return { _tag: "New" }
    const now = Fiber.getCurrent()
    if (now === fiber || now?.getRef(CurrentThread) === this) return { _tag: "Running" }
    const blocker = this.blocker(fiber)
    if (blocker !== undefined) return { _tag: "Blocked", on: blocker }
    return isCounting(fiber.currentDispatcher) && fiber.currentDispatcher.pending > 0
      ? { _tag: "Runnable" }
      : { _tag: "Blocked", on: asynchronous }
  }

  // Its active fiber's wait counts first; else it waits for a helper fiber (a time-out's body, say) that is queued. While a
  // task's fiber is the active one, the worker's own waits aside.
  private blocker(fiber: Fiber.Fiber<unknown, unknown>): BlockedOn | undefined {
    if (this.wait?.fiber === fiber) return describe(this.wait)
    let helper = this.wait?.fiber === this.fiber ? undefined : this.wait
    for (const waiter of this.furtherWaits ?? []) {
      if (waiter.fiber === fiber) return describe(waiter)
      if (waiter.fiber !== this.fiber) helper ??= waiter
    }
    const runnable = isCounting(fiber.currentDispatcher) && fiber.currentDispatcher.pending > 0
    return helper === undefined || runnable ? undefined : describe(helper)
  }

  blocked(waiter: AnyWaiter): void {
    if (this.wait === undefined) this.wait = waiter
    else (this.furtherWaits ??= new Set()).add(waiter)
    if (this.watchers === undefined) return
    // Its fiber is about to suspend. It may be served before a later look, so its watchers are told now.
    if (waiter.fiber === this.active) this.show({ _tag: "Blocked", on: describe(waiter) })
    else this.touch()
  }

  unblocked(waiter: AnyWaiter): void {
    if (this.wait === waiter) this.wait = undefined
    else this.furtherWaits?.delete(waiter)
  }

  /** Tells the watchers if the state is another one than they saw last. */
  touch(): void {
    if (this.watchers !== undefined) this.show(this.state())
  }

  private show(state: State): void {
    if (this.shown !== undefined && isSameState(this.shown, state)) return
    this.shown = state
    for (const watcher of this.watchers ?? []) watcher(state)
    // A running fiber tells nobody when it suspends, so look again once the current step is over.
    if (state._tag === "Running") void Promise.resolve().then(() => this.touch())
  }

  watch(watcher: (state: State) => void): () => void {
    if (this.watchers === undefined) {
      this.watchers = new Set()
      this.shown = this.state()
      if (this.active !== undefined && this.exit === undefined) track(this.active, this)
      if (this.shown._tag === "Running") void Promise.resolve().then(() => this.touch())
    }
    this.watchers.add(watcher)
    watcher(this.shown ?? this.state())
    return () => {
      this.watchers?.delete(watcher)
      if (this.watchers?.size === 0) {
        this.watchers = undefined
        if (this.active !== undefined) untrack(this.active)
      }
    }
  }

  override toString(): string {
    return `Thread(${this.name}, ${this.ident}, ${this.state()._tag}${this.daemon ? ", daemon" : ""})`
  }

  toJSON(): unknown {
    return { _id: "Thread", name: this.name, ident: this.ident, daemon: this.daemon, state: this.state()._tag }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

const openWhenEnded = (queue: WaitQueue<void>): void => {
  if ((queue.on as ThreadRecord).exit !== undefined) open(queue)
}

const describe = (waiter: AnyWaiter): BlockedOn => {
  const on = waiter.queue!.on
  return { kind: on.kind, name: on.name, holder: on.holder?.() }
}

const isSameState = (a: State, b: State): boolean =>
  a._tag === b._tag &&
  (a._tag !== "Blocked" || b._tag !== "Blocked" || (a.on.name === b.on.name && a.on.kind === b.on.kind))
