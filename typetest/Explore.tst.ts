import { Context, Effect, type Scope } from "effect"
import { Lock, Thread, type ThreadGroup } from "effect-threading"
import { Explore, interruptEverywhere } from "effect-threading/testing"
import { it } from "effect-threading/testing/vitest"
import { describe, expect, test } from "tstyche"

class Store extends Context.Service<Store, { readonly size: number }>()("typetest/Store") {}

declare const effect: Effect.Effect<number, "boom", Store | Scope.Scope | ThreadGroup.ThreadGroup>
declare const whole: Effect.Effect<number, "boom", Scope.Scope | ThreadGroup.ThreadGroup>

describe("Explore", () => {
  test("check gives the region and the scope, and fails with what it found only", () => {
    expect(Explore.check(effect)).type.toBe<Effect.Effect<Explore.Report, Explore.ExploreError, Store>>()
    expect(Explore.check(effect, { schedules: 10, strategy: "pct" })).type.toBe<
      Effect.Effect<Explore.Report, Explore.ExploreError, Store>
    >()
    expect(Explore.check(Effect.void)).type.toBe<Effect.Effect<Explore.Report, Explore.ExploreError>>()
  })

  test("check is piped, with and without options", () => {
    expect(effect.pipe(Explore.check)).type.toBe<Effect.Effect<Explore.Report, Explore.ExploreError, Store>>()
    expect(effect.pipe(Explore.check({ seed: 7 }))).type.toBe<
      Effect.Effect<Explore.Report, Explore.ExploreError, Store>
    >()
  })

  test("check refuses options that there are not", () => {
    expect(Explore.check).type.not.toBeCallableWith(effect, { strategy: "bogus" })
    expect(Explore.check).type.not.toBeCallableWith(effect, { seeds: 10 })
  })

  test("replay takes a schedule or a seed", () => {
    expect(Explore.replay(effect, "1/0.1")).type.toBe<Effect.Effect<Explore.Report, Explore.ExploreError, Store>>()
    expect(Explore.replay(effect, 7)).type.toBe<Effect.Effect<Explore.Report, Explore.ExploreError, Store>>()
  })

  test("exposed is the effect", () => {
    expect(Explore.exposed(effect)).type.toBe<typeof effect>()
    expect(effect.pipe(Explore.exposed)).type.toBe<typeof effect>()
  })

  test("a fault tells its kind", () => {
    expect<Explore.ExploreError["kind"]>().type.toBe<"failure" | "deadlock" | "livelock" | "leak" | "unobserved">()
  })

  test("it.explore takes a program that needs nothing else", () => {
    expect(it.explore).type.toBeCallableWith("title", whole)
    expect(it.explore).type.toBeCallableWith("title", whole, { strategy: "exhaustive", timeout: 10_000 })
    expect(it.explore).type.not.toBeCallableWith("title", effect)
    expect(it.explore.only).type.toBeCallableWith("title", whole)
    expect(it.effect).type.toBeCallableWith("title", () => Effect.void)
  })

  test("interruptEverywhere answers with a number, and has the requirements of what it runs", () => {
    const subject = Effect.map(Lock.make(), (lock) => ({
      effect: Lock.withLock(lock, Effect.flatMap(Thread.fork(effect), (thread) => Thread.join(thread))),
      check: () => Lock.isLocked(lock)
    }))
    expect(interruptEverywhere(subject)).type.toBe<Effect.Effect<number, never, Store | ThreadGroup.ThreadGroup>>()
  })
})
