import { Context, Duration, type Effect, type Option, type Scope } from "effect"
import { Thread, type ThreadGroup, Timer } from "effect-threading"
import { describe, expect, test } from "tstyche"

class Bell extends Context.Service<Bell, { readonly loud: boolean }>()("typetest/Bell") {}

declare const effect: Effect.Effect<number, "boom", Bell | Scope.Scope>
declare const timer: Timer.Timer<number, "boom">
declare const thread: Thread.Thread<Option.Option<number>, "boom">

type Started = Effect.Effect<Timer.Timer<number, "boom">, never, Bell | ThreadGroup.ThreadGroup>

describe("Timer", () => {
  test("start has one type in all its forms", () => {
    expect(Timer.start(effect, "1 second")).type.toBe<Started>()
    expect(Timer.start(effect, 1000, { name: "alarm", daemon: true })).type.toBe<Started>()
    expect(effect.pipe(Timer.start(Duration.seconds(1)))).type.toBe<Started>()
    expect(effect.pipe(Timer.start("1 second", { daemon: undefined }))).type.toBe<Started>()
    expect(effect.pipe(Timer.start("1 second", undefined))).type.toBe<Started>()
  })

  test("cannot do without the delay", () => {
    expect(Timer.start).type.not.toBeCallableWith(effect)
    expect(Timer.start).type.not.toBeCallableWith(effect, { name: "alarm" })
    expect(Timer.start).type.not.toBeCallableWith(effect, "1 sekunde")
  })

  test("is a thread, which gives an option when it is joined", () => {
    expect(timer).type.toBeAssignableTo<Thread.Thread<Option.Option<number>, "boom">>()
    expect(Thread.join(timer)).type.toBe<Effect.Effect<Option.Option<number>, "boom">>()
  })

  test("is cancelled in time or not; another thread is not cancelled", () => {
    expect(Timer.cancel(timer)).type.toBe<Effect.Effect<boolean>>()
    expect(Timer.cancel).type.not.toBeCallableWith(thread)
  })
})
