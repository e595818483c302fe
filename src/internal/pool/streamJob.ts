/**
 * A call whose caller pulls a stream. The worker sends only what there is room for here, so it is held back by a consumer that is
 * slow; a consumer that ends cancels the call, and waits for its end.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Seat } from "../jobQueue.ts"
import type { Carried } from "./codec.ts"
import { LocalJob } from "./localJob.ts"

type Values = readonly [unknown, ...Array<unknown>]

export class StreamJob extends LocalJob {
  private readonly chunks: Array<Carried> = []
  private exit: Exit.Exit<unknown, unknown> | undefined
  /** Whoever waits for the next chunk or for the end. */
  private wake: (() => void) | undefined

  /** Starts the call, for as long as the scope is open. */
  get open(): Effect.Effect<Stream.Stream<unknown, unknown>, unknown, Scope.Scope> {
    return Effect.addFinalizer(() => this.cancelled).pipe(
      Effect.andThen(this.admitted),
      Effect.as(Stream.fromPull(Effect.succeed(this.pull)))
    )
  }

  protected begin(seat: Seat | undefined): Effect.Effect<void> {
    return Effect.sync(() => this.submit(seat))
  }

  private get pull(): Pull.Pull<Values, unknown> {
    return Effect.suspend(() => {
      if (this.chunks.length > 0) {
        const values = this.task.module.codec.decode(this.chunks.shift()) as Values
        this.pool.pull(this, 1)
        return Effect.succeed(values)
      }
      if (this.exit !== undefined) {
        return Exit.isSuccess(this.exit)
          ? Cause.done()
          : this.exit as Exit.Exit<never, unknown>
      }
      return Effect.flatMap(this.news, () => this.pull)
    })
  }

  private get news(): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      this.wake = () => resume(Effect.void)
      return Effect.sync(() => {
        this.wake = undefined
      })
    })
  }

  private get cancelled(): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      this.wake = () => {
        if (this.exit !== undefined) resume(Effect.void)
      }
      if (this.phase === "new") this.isCancelled = true
      else this.pool.cancel(this)
      if (this.phase === "new" || this.phase === "done") resume(Effect.void)
    })
  }

  chunk(values: Carried): void {
    this.chunks.push(values)
    this.wake?.()
  }

  protected ended(exit: Exit.Exit<unknown, unknown>): void {
    this.exit = exit
    this.wake?.()
  }
}
