import { type Effect, type Option, type Scope, Semaphore as EffectSemaphore } from "effect"
import { type Event, Semaphore, type ThreadGroup } from "effect-threading"
import { describe, expect, test } from "tstyche"

declare const semaphore: Semaphore.Semaphore
declare const effect: Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>

describe("Semaphore", () => {
  test("the number of permits may be left out", () => {
    expect(Semaphore.make()).type.toBe<Effect.Effect<Semaphore.Semaphore>>()
    expect(Semaphore.make(3)).type.toBe<Effect.Effect<Semaphore.Semaphore>>()
    expect(Semaphore.makeBounded(3)).type.toBe<Effect.Effect<Semaphore.Semaphore>>()
    expect(Semaphore.makeUnsafe()).type.toBe<Semaphore.Semaphore>()
    expect(Semaphore.make).type.not.toBeCallableWith("3")
  })

  test("withPermit and withPermits keep A, E and R, called whole and piped", () => {
    type Same = Effect.Effect<number, "boom", ThreadGroup.ThreadGroup>
    expect(Semaphore.withPermit(semaphore, effect)).type.toBe<Same>()
    expect(effect.pipe(Semaphore.withPermit(semaphore))).type.toBe<Same>()
    expect(Semaphore.withPermits(semaphore, 2, effect)).type.toBe<Same>()
    expect(effect.pipe(Semaphore.withPermits(semaphore, 2))).type.toBe<Same>()
  })

  test("the forms that never wait answer an option", () => {
    type Attempt = Effect.Effect<Option.Option<number>, "boom", ThreadGroup.ThreadGroup>
    expect(Semaphore.withPermitIfAvailable(semaphore, effect)).type.toBe<Attempt>()
    expect(effect.pipe(Semaphore.withPermitIfAvailable(semaphore))).type.toBe<Attempt>()
    expect(Semaphore.withPermitsIfAvailable(semaphore, 2, effect)).type.toBe<Attempt>()
    expect(effect.pipe(Semaphore.withPermitsIfAvailable(semaphore, 2))).type.toBe<Attempt>()
  })

  test("the raw forms take a number of permits, or one", () => {
    expect(Semaphore.acquire(semaphore)).type.toBe<Effect.Effect<void>>()
    expect(Semaphore.acquire(semaphore, 2)).type.toBe<Effect.Effect<void>>()
    expect(Semaphore.acquireIfAvailable(semaphore, 2)).type.toBe<Effect.Effect<boolean>>()
    expect(Semaphore.acquireScoped(semaphore, 2)).type.toBe<Effect.Effect<void, never, Scope.Scope>>()
    expect(Semaphore.release(semaphore, 2)).type.toBe<Effect.Effect<void>>()
    expect(Semaphore.value(semaphore)).type.toBe<Effect.Effect<number>>()
  })

  test("withPermits cannot do without the number", () => {
    expect(Semaphore.withPermits).type.not.toBeCallableWith(semaphore, effect)
  })

  test("Effect's own semaphore and other primitives are something else", () => {
    expect(Semaphore.withPermit).type.not.toBeCallableWith(EffectSemaphore.makeUnsafe(1), effect)
    expect(Semaphore.withPermit).type.not.toBeCallableWith({ "~effect-threading/Semaphore": 3 }, effect)
    expect<Event.Event>().type.not.toBeAssignableTo<Semaphore.Semaphore>()
  })
})
