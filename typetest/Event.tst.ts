import { Effect, type Option } from "effect"
import { type Barrier, Event } from "effect-threading"
import { describe, expect, test } from "tstyche"

declare const event: Event.Event
declare const shared: Event.SharedEvent

describe("Event", () => {
  test("nothing about an event fails or needs a service", () => {
    expect(Event.make()).type.toBe<Effect.Effect<Event.Event>>()
    expect(Event.makeUnsafe()).type.toBe<Event.Event>()
    expect(Event.wait(event)).type.toBe<Effect.Effect<void>>()
    expect(Event.set(event)).type.toBe<Effect.Effect<void>>()
    expect(Event.clear(event)).type.toBe<Effect.Effect<void>>()
    expect(Event.isSet(event)).type.toBe<Effect.Effect<boolean>>()
  })

  test("a wait with a limit is Effect's time-out around it", () => {
    expect(Event.wait(event).pipe(Effect.timeoutOption("1 second"))).type.toBe<Effect.Effect<Option.Option<void>>>()
    expect(Event.wait).type.not.toBeCallableWith(event, 1000)
  })

  test("nobody builds an event by hand, and another primitive is not one", () => {
    expect(Event.wait).type.not.toBeCallableWith({ _tag: "Event", isSet: false })
    expect<Barrier.Barrier>().type.not.toBeAssignableTo<Event.Event>()
  })

  test("a shared one is used as a local one, and also in synchronous code", () => {
    expect(Event.makeShared()).type.toBe<Effect.Effect<Event.SharedEvent>>()
    expect(Event.makeShared({ name: "stop" })).type.toBe<Effect.Effect<Event.SharedEvent>>()
    expect(Event.wait(shared)).type.toBe<Effect.Effect<void>>()
    expect(Event.waitSync(shared)).type.toBe<boolean>()
    expect(Event.waitSync(shared, "1 second")).type.toBe<boolean>()
    expect(Event.setSync(shared)).type.toBe<void>()
    expect(Event.clearSync(shared)).type.toBe<void>()
    expect(Event.isSetSync(shared)).type.toBe<boolean>()
    expect(Event.waitSync).type.toBeAssignableTo<(event: Event.SharedEvent) => void>()
  })

  test("a local one blocks nobody, and another shared primitive is no event", () => {
    for (const f of [Event.waitSync, Event.setSync, Event.clearSync, Event.isSetSync]) {
      expect(f).type.not.toBeCallableWith(event)
    }
    expect<Barrier.SharedBarrier>().type.not.toBeAssignableTo<Event.Event>()
  })
})
