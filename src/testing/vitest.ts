/**
 * The explorer's face in tests that run by `@effect/vitest`: all of what that exports, with `it.explore` beside `it.effect`.
 *
 * @since 0.2.0
 */
import { it as base } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { withoutStack } from "../internal/site.ts"
import type { ThreadGroup } from "../ThreadGroup.ts"
import * as Explore from "./Explore.ts"

/** @since 0.2.0 */
export * from "@effect/vitest"

/**
 * How a test explores: the options of `Explore.check`, and vitest's time-out for the test, in milliseconds (default 60,000, since
 * many runs take their time).
 *
 * @since 0.2.0
 * @category models
 */
export interface Options extends Explore.Options {
  readonly timeout?: number | undefined
}

/**
 * Adds a test that runs the effect under many schedules, as `Explore.check` does, and fails with the first under which it is wrong;
 * an exhaustive one also if there are more schedules than it tries, unless `schedules` says that so many will do.
 *
 * @since 0.2.0
 * @category models
 */
export interface Tester {
  <A, E>(title: string, effect: Effect.Effect<A, E, ThreadGroup | Scope.Scope>, options?: Options): void
}

const tester = (test: Vitest.Test<Scope.Scope>): Tester => (title, effect, options) =>
  test(
    title,
    () =>
      Explore.check(effect, options).pipe(
        Effect.tap((report) => complete(report, options)),
        Effect.mapError(asText)
      ),
    options?.timeout ?? 60_000
  )

// Printed by vitest as by its logger: the message has all of it, and field by field it would be there twice.
const asText = ({ _tag, cause, message }: Explore.ExploreError): Error => {
  const error = withoutStack(() => new Error(message, { cause }))
  error.name = _tag
  return error
}

// That a part was tried is an answer only to who asked for a part.
const complete = ({ isComplete, schedules, strategy }: Explore.Report, options: Options | undefined) =>
  isComplete || strategy !== "exhaustive" || options?.schedules !== undefined
    ? Effect.void
    : Effect.die(
      new Error(
        `${schedules} schedules were tried, and there are more: make the program smaller, lower \`preemptions\`, or set `
          + "`schedules` to be content with so many."
      )
    )

// The explorer has a clock of its own, so a test clock around it would only get in the way.
const explore = Object.assign(tester(base.live), {
  only: tester(base.live.only),
  skip: tester(base.live.skip),
  fails: tester(base.live.fails)
})

/**
 * `it` of `@effect/vitest`, with `it.explore`, `it.explore.only`, `it.explore.skip` and `it.explore.fails`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Lock, Thread } from "effect-threading"
 * import { assert, it } from "effect-threading/testing/vitest"
 *
 * const counter = Effect.gen(function*() {
 *   const lock = yield* Lock.make()
 *   let count = 0
 *   const increment = Lock.withLock(lock, Effect.sync(() => count++))
 *   const threads = [yield* Thread.fork(increment), yield* Thread.fork(increment)]
 *   for (const thread of threads) yield* Thread.join(thread)
 *   assert.strictEqual(count, 2)
 * })
 *
 * it.explore("no update is lost", counter)
 * it.explore("no update is lost, whatever two preemptions do", counter, { strategy: "exhaustive" })
 * ```
 *
 * @since 0.2.0
 * @category testing
 */
export const it: typeof base & {
  readonly explore: Tester & { readonly only: Tester; readonly skip: Tester; readonly fails: Tester }
} = new Proxy(base as typeof it, {
  get: (target, key, receiver) => key === "explore" ? explore : Reflect.get(target, key, receiver)
})
