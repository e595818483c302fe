import { type Context, Effect, type Layer } from "effect"
import { Deadlock } from "effect-threading"
import { describe, expect, test } from "tstyche"

declare const effect: Effect.Effect<number, "boom">

describe("Deadlock", () => {
  test("a policy is one of three words, and given to any effect", () => {
    expect(Effect.provideService(effect, Deadlock.Policy, "fail")).type.toBe<Effect.Effect<number, "boom">>()
    expect(Deadlock.Policy).type.toBe<Context.Reference<"report" | "fail" | "off">>()
  })

  test("an error tells who waits for what", () => {
    expect<Deadlock.DeadlockError["_tag"]>().type.toBe<"DeadlockError">()
    type Member = Deadlock.DeadlockError["cycle"][number]
    expect<Member["thread"]>().type.toBe<{ readonly name: string; readonly ident?: number }>()
    type Place = { readonly kind: string; readonly name: string; readonly since: number; readonly at?: string }
    expect<Member["waitsFor"]>().type.toBe<Place>()
    expect<Member["holds"]>().type.toBe<ReadonlyArray<Place>>()
    expect<Member["heldBy"]>().type.toBe<ReadonlyArray<string>>()
  })

  test("the layers need nothing and give nothing", () => {
    expect(Deadlock.layerLockOrder).type.toBe<Layer.Layer<never>>()
    expect(Deadlock.layerSites).type.toBe<Layer.Layer<never>>()
  })
})
