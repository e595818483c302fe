/** What is told of a deadlock, to whom, and what is done about it. */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { coarseNow } from "./coarseClock.ts"
import { findDeadlock } from "./deadlock.ts"
import type { Stuck } from "./deadlock.ts"
import { holdsOf } from "./held.ts"
import { knowErrors } from "./knownErrors.ts"
import { placeOf, withoutStack } from "./site.ts"
import type { AnyWaiter, Held, Parker } from "./waiting.ts"

const Place = Schema.Struct({
  kind: Schema.String,
  name: Schema.String,
  since: Schema.Number,
  at: Schema.optionalKey(Schema.String)
})

const Member = Schema.Struct({
  thread: Schema.Struct({ name: Schema.String, ident: Schema.optionalKey(Schema.Number) }),
  holds: Schema.Array(Place),
  waitsFor: Place,
  heldBy: Schema.Array(Schema.String)
})

/**
 * Fibers that wait for one another, so that none of them can go on by itself: in `cycle`, each waits for the next, and the last
 * for the first. After those come, if there are any, others that would have had to go on in their place.
 *
 * Each tells its thread (a fiber outside of every thread is `fiber #N`), what it holds and what it waits for, each `since` when
 * (milliseconds since 1970) and, where that is known, `at` which place; and by whom that is held. `time` is when it was found.
 *
 * ```ts
 * import { Cause, Effect } from "effect"
 * import { Deadlock, Lock } from "effect-threading"
 *
 * const program = Effect.gen(function*() {
 *   const journal = yield* Lock.make({ name: "journal" })
 *   const twice = Lock.withLock(journal, Lock.withLock(journal, Effect.void))
 *   const failing = Effect.provideService(twice, Deadlock.Policy, "fail")
 *   const error = Cause.squash(yield* Effect.flip(Effect.sandbox(failing))) as Deadlock.DeadlockError
 *   return error.cycle.map(({ holds, waitsFor }) => [holds[0]?.name, waitsFor.name]) // [["journal", "journal"]]
 * })
 * ```
 *
 * @since 0.2.0
 * @category errors
 */
export class DeadlockError extends Schema.TaggedError<DeadlockError>("effect-threading/DeadlockError")(
  "DeadlockError",
  { cycle: Schema.Array(Member), time: Schema.Number }
) {
  override get message(): string {
    const [first] = this.cycle
    const head = this.cycle.length === 1
      ? `Deadlock: ${first?.thread.name} waits for itself.`
      : `Deadlock: ${this.cycle.length} threads wait for one another.`
    const place = ({ at, kind, name, since }: typeof Place.Type) =>
      `${kind === "Thread" ? "the end of " : ""}${name}, for ${this.time - since} ms${
        at === undefined ? "" : `, at ${at}`
      }`
    const lines = this.cycle.flatMap(({ heldBy, holds, thread, waitsFor }) => [
      `  ${thread.name} waits for ${place(waitsFor)}`,
      `    which ${waitsFor.kind.endsWith("Lock") ? "is held by" : "depends on"} ${heldBy.join(", ")}`,
      ...holds.map((hold) => `    and holds ${place(hold)}`)
    ])
    return [head, ...lines].join("\n")
  }
}

knowErrors(DeadlockError)

/**
 * What is done about a deadlock at the moment when a fiber closes it by waiting: `"report"`, the default, logs an error with the
 * `DeadlockError`, once, and lets it wait, since a time-out around it may still resolve it; `"fail"` lets its wait die with the
 * error; `"off"` does nothing. A condition's waiter that takes its lock again is only ever reported.
 *
 * @since 0.2.0
 * @category references
 */
export const Policy: Context.Reference<"report" | "fail" | "off"> = Context.Reference(
  "effect-threading/Deadlock/Policy",
  { defaultValue: (): "report" | "fail" | "off" => "report" }
)

const nameOf = (thread: Parker | undefined, fiber: { readonly id: number } | undefined): string =>
  thread?.name ?? `fiber #${fiber?.id}`

const place = (
  on: { readonly kind: string; readonly name: string },
  since: number,
  context: Context.Context<never>
) => {
  const at = placeOf(context)
  return { kind: on.kind, name: on.name, since, ...(at === undefined ? {} : { at }) }
}

const describe = (members: ReadonlyArray<Stuck>): DeadlockError => {
  const known = members.flatMap(({ obstacles }) => Array.from(obstacles.fibers))
  const threads = new Map(members.map(({ waiter }) => [waiter.fiber, waiter.thread]))
  const held = ({ fiber, thread }: AnyWaiter): Iterable<Held> =>
    // A thread lists what it holds; of other fibers only those holds are known that the deadlock is about.
    thread !== undefined
      ? holdsOf(thread)
      : new Set(known.flatMap(({ fiber: by, hold }) => by === fiber && hold !== undefined ? [hold] : []))
  const cycle = members.map(({ obstacles, waiter }) => ({
    thread: {
      name: nameOf(waiter.thread, waiter.fiber),
      ...(waiter.thread === undefined ? {} : { ident: waiter.thread.ident })
    },
    holds: Array.from(held(waiter), ({ context, mutex, since }) => place(mutex, since, context)),
    waitsFor: place(waiter.queue!.on, waiter.since, waiter.fiber.context),
    heldBy: Array.from(
      new Set(
        Array.from(obstacles.fibers, ({ fiber, hold }) => nameOf((fiber && threads.get(fiber)) ?? hold?.thread, fiber))
      )
    )
  }))
  return withoutStack(() => new DeadlockError({ time: coarseNow(), cycle }))
}

/** Looks for the deadlock that this waiter has closed; answers with it if the waiter has to die of it. */
export const examine = (waiter: AnyWaiter): DeadlockError | undefined => {
  const members = findDeadlock(waiter)
  if (members === undefined) return undefined
  const policy = waiter.fiber.getRef(Policy)
  if (policy === "off") return undefined
  const error = describe(members)
  if (policy === "fail" && !waiter.isBound) return error
  for (const member of members) member.waiter.isReported = true
  // On a fiber of its own, a step later: loggers are the user's code, and the lock's queues are being changed just now.
  Effect.runForkWith(waiter.fiber.context)(Effect.andThen(Effect.yieldNow, Effect.logError(Cause.die(error))))
  return undefined
}
