/**
 * Regions of threads. A region ends when its main effect and all its non-daemon threads have ended; then its daemons are
 * interrupted and their finalizers awaited. No thread outlives its region. Regions nest.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { knowErrors } from "./internal/knownErrors.ts"
import { Region, ThreadGroup } from "./internal/region.ts"
import { CurrentThread } from "./internal/threadRecord.ts"

export {
  /** @since 0.1.0 */
  ThreadGroup,
  /** @since 0.1.0 */
  ThreadGroupClosedError
} from "./internal/region.ts"

/**
 * A thread of a nursery failed, and so the nursery did: the thread's name and what it failed with.
 *
 * @since 0.1.0
 * @category errors
 */
export class ThreadFailedError extends Schema.TaggedError<ThreadFailedError>("effect-threading/ThreadFailedError")(
  "ThreadFailedError",
  { name: Schema.String, cause: Schema.Defect() }
) {
  override get message(): string {
    return `Thread ${this.name} failed, so its nursery was cancelled: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

knowErrors(ThreadFailedError)

// The outcome is made inside the mask: there an interruption is added to a failure, and does not take its place.
const run = <A, E>(
  effect: Effect.Effect<unknown, unknown, unknown>,
  isStrict: boolean,
  outcome: (region: Region) => Exit.Exit<A, E>
): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.withFiber((fiber) => {
      const region = new Region(fiber, isStrict)
      region.startMain(effect as Effect.Effect<unknown, unknown>, fiber.context)
      return Effect.flatMap(
        Effect.exit(restore(region.untilDone)),
        () => Effect.flatMap(region.shutdown, () => outcome(region))
      )
    })
  )

/**
 * Runs the effect as the main thread of a new region, waits for all non-daemon threads of the region, also those started
 * meanwhile, interrupts the daemons, waits for their finalizers, and then ends as the effect did. Interrupting the region
 * interrupts all its threads at once.
 *
 * ```ts
 * import { NodeRuntime } from "@effect/platform-node"
 * import { Effect } from "effect"
 * import { Thread, ThreadGroup } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   yield* Thread.fork(Effect.never, { name: "heartbeat", daemon: true })
 *   yield* Thread.fork(Effect.log("still awaited"), { name: "worker" })
 * })
 *
 * program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)
 * ```
 *
 * @since 0.1.0
 * @category regions
 */
export const supervise = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, ThreadGroup>> =>
  run(effect, false, (region) => region.main.exit as Exit.Exit<A, E>)

/**
 * A region that fails as a whole: the first thread that fails cancels all others, main too, and the region fails with
 * `ThreadFailedError`. If main itself fails first, the others are cancelled and the region fails as main did.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Thread, ThreadGroup } from "effect-threading"
 *
 * const bakery = Effect.gen(function*() {
 *   yield* Thread.fork(Effect.never, { name: "shop" })
 *   yield* Thread.fork(Effect.fail("no bread"), { name: "baker" })
 * })
 *
 * const program = Effect.gen(function*() {
 *   const failure = yield* Effect.flip(ThreadGroup.nursery(bakery))
 *   return [failure.name, failure.cause] // ["baker", "no bread"]
 * })
 * ```
 *
 * @since 0.1.0
 * @category regions
 */
export const nursery = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | ThreadFailedError, Exclude<R, ThreadGroup>> =>
  run(effect, true, (region): Exit.Exit<A, E | ThreadFailedError> =>
    region.failure === undefined
      ? region.main.exit as Exit.Exit<A, E>
      : Exit.fail(
        new ThreadFailedError({ name: region.failure.thread.name, cause: Cause.squash(region.failure.cause) })
      ))

/**
 * A region for a runtime that is made of layers. Each time it is built it is a new one; when the runtime closes it waits as
 * `supervise` does, and an interruption of that wait interrupts all its threads.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ThreadGroup> = Layer.fresh(Layer.effectContext(
  Effect.map(
    Effect.acquireRelease(
      Effect.withFiber((fiber) => Effect.succeed(new Region(fiber, false))),
      (region) => Effect.flatMap(Effect.exit(Effect.interruptible(region.drain)), () => region.shutdown)
    ),
    // The fibers of such a runtime have no thread of their own; they count as its main thread.
    (region) =>
      Context.add(Context.make(ThreadGroup, region), CurrentThread, region.main) as Context.Context<ThreadGroup>
  )
))
