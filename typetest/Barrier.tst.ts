import { Context, Effect } from "effect"
import { Barrier, type Event } from "effect-threading"
import { describe, expect, test } from "tstyche"

class Bell extends Context.Service<Bell, { readonly ring: Effect.Effect<void, "cracked"> }>()("typetest/Bell") {}

declare const barrier: Barrier.Barrier
declare const shared: Barrier.SharedBarrier
declare const failing: Barrier.Barrier<"cracked">

describe("Barrier", () => {
  test("has the E of its action, and asks for the action's services where it is made", () => {
    const action = Effect.flatMap(Bell, (bell) => bell.ring)
    expect(Barrier.make(2)).type.toBe<Effect.Effect<Barrier.Barrier>>()
    expect(Barrier.make(2, { action: undefined })).type.toBe<Effect.Effect<Barrier.Barrier>>()
    expect(Barrier.make(2, { action: Effect.log("all here") })).type.toBe<Effect.Effect<Barrier.Barrier>>()
    expect(Barrier.make(2, { action })).type.toBe<Effect.Effect<Barrier.Barrier<"cracked">, never, Bell>>()
  })

  test("waiting tells the order of coming, or that it was in vain", () => {
    expect(Barrier.wait(barrier)).type.toBe<Effect.Effect<number, Barrier.BrokenBarrierError>>()
    expect(Barrier.wait(failing)).type.toBe<Effect.Effect<number, Barrier.BrokenBarrierError | "cracked">>()
  })

  test("a broken barrier is caught by its tag", () => {
    const caught = Barrier.wait(failing).pipe(
      Effect.catchTag("BrokenBarrierError", ({ parties }) => Effect.succeed(parties))
    )
    expect(caught).type.toBe<Effect.Effect<number, "cracked">>()
  })

  test("the rest never fails", () => {
    expect(Barrier.reset(failing)).type.toBe<Effect.Effect<void>>()
    expect(Barrier.abort(failing)).type.toBe<Effect.Effect<void>>()
    expect(Barrier.parties(failing)).type.toBe<number>()
    expect(Barrier.waiting(failing)).type.toBe<Effect.Effect<number>>()
    expect(Barrier.isBroken(failing)).type.toBe<Effect.Effect<boolean>>()
  })

  test("must be told how many, and is not built by hand", () => {
    expect(Barrier.make).type.not.toBeCallableWith()
    expect(Barrier.make).type.not.toBeCallableWith(2, { action: () => {} })
    expect(Barrier.wait).type.not.toBeCallableWith({ parties: 2 })
    expect<Event.Event>().type.not.toBeAssignableTo<Barrier.Barrier>()
    expect(failing).type.not.toBeAssignableTo<Barrier.Barrier>()
  })

  test("a shared one has no action, and is used as a local one, and also in synchronous code", () => {
    expect(Barrier.makeShared(2)).type.toBe<Effect.Effect<Barrier.SharedBarrier>>()
    expect(Barrier.makeShared(2, { name: "phase" })).type.toBe<Effect.Effect<Barrier.SharedBarrier>>()
    expect(Barrier.makeShared).type.not.toBeCallableWith(2, { action: Effect.void })
    expect(Barrier.wait(shared)).type.toBe<Effect.Effect<number, Barrier.BrokenBarrierError>>()
    expect(Barrier.waitSync(shared)).type.toBe<number>()
    expect(Barrier.abortSync(shared)).type.toBe<void>()
    expect(shared).type.toBeAssignableTo<Barrier.Barrier>()
  })

  test("a local one blocks nobody, and another shared primitive is no barrier", () => {
    expect(Barrier.waitSync).type.not.toBeCallableWith(barrier)
    expect(Barrier.abortSync).type.not.toBeCallableWith(barrier)
    expect<Event.SharedEvent>().type.not.toBeAssignableTo<Barrier.Barrier>()
  })
})
