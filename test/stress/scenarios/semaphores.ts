/** Semaphores: never more inside than there are permits, and in the end all are there, but for those that were kept on purpose. */
import * as Semaphore from "effect-threading/Semaphore"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { own } from "../field.ts"
import type { Scenario } from "../scenario.ts"
import type { Walker } from "../walker.ts"

export const permits = 3

/** How many permits were kept on purpose. */
const leaked = own

const uses = (walker: Walker, n: number): Effect.Effect<void> => walker.inside(n, walker.pause(4))

const usesSync = (walker: Walker, n: number): void => walker.insideSync(n, () => walker.spin())

/** Never gives back what it has taken, in a phase once, as long as two are left. */
const keeps = (walker: Walker, semaphore: Semaphore.SharedSemaphore) =>
  Effect.uninterruptible(Effect.andThen(
    Semaphore.acquire(semaphore),
    Effect.suspend(() => walker.field.swap(leaked, 0, 1) ? Effect.void : Semaphore.release(semaphore))
  ))

const once = (walker: Walker, semaphore: Semaphore.SharedSemaphore): Effect.Effect<unknown> => {
  const { random } = walker
  const n = 1 + random.below(2)
  const scoped = [
    () => Semaphore.withPermit(semaphore, uses(walker, 1)),
    () => Semaphore.withPermits(semaphore, n, uses(walker, n)),
    () => walker.ifAvailable(Semaphore.withPermitIfAvailable(semaphore, uses(walker, 1))),
    () => walker.ifAvailable(Semaphore.withPermitsIfAvailable(semaphore, n, uses(walker, n))),
    () => Effect.scoped(Effect.andThen(Semaphore.acquireScoped(semaphore, n), uses(walker, n)))
  ]
  // What is not held by a scope dies with whoever has taken it.
  if (walker.isDoomed) return random.pick(scoped)()
  if (walker.slot === 0 && random.chance(0.002)) return keeps(walker, semaphore)
  const raw = () =>
    Effect.uninterruptibleMask((restore) =>
      Effect.andThen(
        Semaphore.acquire(semaphore, n),
        Effect.ensuring(restore(uses(walker, n)), Semaphore.release(semaphore, n))
      )
    )
  return random.pick([...scoped, raw])()
}

const plainly = (walker: Walker, semaphore: Semaphore.SharedSemaphore): void => {
  const n = 1 + walker.random.below(2)
  if (walker.isDoomed || walker.random.chance(0.7)) {
    return Semaphore.withPermitsSync(semaphore, n, () => usesSync(walker, n))
  }
  Semaphore.acquireSync(semaphore, n)
  usesSync(walker, n)
  Semaphore.releaseSync(semaphore, n)
}

const rest = (isBounded: boolean) => (walker: Walker, semaphore: Semaphore.SharedSemaphore) =>
  Effect.gen(function*() {
    const kept = walker.field.get(leaked)
    // What the dead have held comes back to whoever waits for it.
    yield* Semaphore.withPermits(semaphore, permits - kept, Effect.void)
    const free = yield* Semaphore.value(semaphore)
    if (free !== permits - kept) walker.fail(`${free} of ${permits} permits free, and ${kept} kept on purpose`)
    if (kept > 0) yield* Semaphore.release(semaphore, kept)
    walker.field.set(leaked, 0)
    if (isBounded && Exit.isSuccess(yield* Effect.exit(Semaphore.release(semaphore)))) {
      walker.fail("one permit more than there are was given back")
    }
    walker.field.bury(Infinity)
    if (walker.field.inside !== 0) walker.fail(`${walker.field.inside} inside when all have ended`)
  })

export const semaphoreScenario = (
  name: string,
  make: Effect.Effect<Semaphore.SharedSemaphore>,
  isBounded: boolean
): Scenario<Semaphore.SharedSemaphore> => ({
  name,
  rules: { limit: permits, forgiven: Infinity },
  make,
  fiber: (walker, semaphore) => walker.operations(() => walker.disturbed(once(walker, semaphore))),
  plain: (walker, semaphore) => {
    while (walker.begins()) {
      walker.plain(() => plainly(walker, semaphore))
      walker.spin()
    }
    return false
  },
  isPlainResumed: true,
  recover: () => Effect.void,
  rest: rest(isBounded),
  shared: (primitive) => [primitive]
})

export const semaphore = semaphoreScenario("Semaphore", Semaphore.makeShared(permits), false)
export const bounded = semaphoreScenario("BoundedSemaphore", Semaphore.makeBoundedShared(permits), true)
