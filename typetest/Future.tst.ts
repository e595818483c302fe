import { Context, Effect, type Exit, Stream } from "effect"
import { Future } from "effect-threading"
import { describe, expect, test } from "tstyche"

class Journal extends Context.Service<Journal, { readonly lines: number }>()("typetest/Journal") {}

declare const one: Future.Future<number, "one">
declare const two: Future.Future<string>
declare const many: ReadonlyArray<Future.Future<number, "one">>

describe("Future", () => {
  test("one made by hand is told its types", () => {
    expect(Future.make<number, "boom">()).type.toBe<Effect.Effect<Future.Future<number, "boom">>>()
    expect(Future.make<number>()).type.toBe<Effect.Effect<Future.Future<number>>>()
  })

  test("the result may always be that it was cancelled", () => {
    expect(Future.result(one)).type.toBe<Effect.Effect<number, "one" | Future.CancelledError>>()
    expect(Future.result(two)).type.toBe<Effect.Effect<string, Future.CancelledError>>()
    expect(Future.exit(one)).type.toBe<Effect.Effect<Exit.Exit<number, "one" | Future.CancelledError>>>()
    expect(two.pipe(Future.result, Effect.catchTag("CancelledError", () => Effect.succeed(0)))).type.toBe<
      Effect.Effect<string | number>
    >()
  })

  test("mixed futures have a result once they have one type", () => {
    expect(Future.result).type.not.toBeCallableWith({} as typeof one | typeof two)
    const futures: ReadonlyArray<Future.Future<number | string, "one">> = [one, two]
    expect(Effect.forEach(futures, Future.result)).type.toBe<
      Effect.Effect<Array<number | string>, "one" | Future.CancelledError>
    >()
    expect(Effect.all([Future.result(one), Future.result(two)])).type.toBe<
      Effect.Effect<[number, string], "one" | Future.CancelledError>
    >()
  })

  test("asCompleted gives one future type for mixed futures", () => {
    expect(Future.asCompleted([one, two])).type.toBe<Stream.Stream<Future.Future<number | string, "one">>>()
    expect(Future.asCompleted(many)).type.toBe<Stream.Stream<Future.Future<number, "one">>>()
    expect(Future.asCompleted(new Set([one]))).type.toBe<Stream.Stream<Future.Future<number, "one">>>()
    expect(Future.asCompleted([one, two]).pipe(Stream.mapEffect(Future.result))).type.toBe<
      Stream.Stream<number | string, "one" | Future.CancelledError>
    >()
  })

  test("wait sorts mixed futures into done and not done", () => {
    type Sorted = Future.DoneAndNotDone<Future.Future<number | string, "one">>
    expect(Future.wait([one, two])).type.toBe<Effect.Effect<Sorted>>()
    expect(Future.wait([one, two], { returnWhen: "firstCompleted" })).type.toBe<Effect.Effect<Sorted>>()
    expect(Future.wait([one, two], { returnWhen: undefined })).type.toBe<Effect.Effect<Sorted>>()
    expect<Sorted["done"]>().type.toBe<ReadonlyArray<Future.Future<number | string, "one">>>()
    expect(Future.wait).type.not.toBeCallableWith([one], { returnWhen: "FIRST_COMPLETED" })
    expect(Future.wait).type.not.toBeCallableWith([1, 2])
    expect(Future.wait).type.not.toBeCallableWith(one)
  })

  test("a callback is given the exit, may fail, and may ask for services", () => {
    const told = Future.onDone(one, (exit) => {
      expect(exit).type.toBe<Exit.Exit<number, "one" | Future.CancelledError>>()
      return Effect.flatMap(Journal, () => Effect.fail("whatever"))
    })
    expect(told).type.toBe<Effect.Effect<void, never, Journal>>()
    expect(Future.onDone).type.not.toBeCallableWith(one, () => {})
  })

  test("what does not give the result takes any future", () => {
    expect(Future.cancel(one)).type.toBe<Effect.Effect<boolean>>()
    expect(Future.interrupt(one)).type.toBe<Effect.Effect<void>>()
    expect(Future.isDone(one)).type.toBe<Effect.Effect<boolean>>()
    expect(Future.isRunning(two)).type.toBe<Effect.Effect<boolean>>()
    expect(Future.isCancelled(two)).type.toBe<Effect.Effect<boolean>>()
    expect(Future.setRunning(one)).type.toBe<Effect.Effect<boolean>>()
    expect(one).type.toBeAssignableTo<Future.Any>()
  })

  test("a future is completed with an exit of its types", () => {
    expect(Future.complete).type.toBeCallableWith(one, {} as Exit.Exit<number, "one">)
    expect(Future.complete).type.not.toBeCallableWith(two, {} as Exit.Exit<number, "one">)
  })

  test("its parts can be read off its type", () => {
    expect<Future.Success<typeof one>>().type.toBe<number>()
    expect<Future.Error<typeof one>>().type.toBe<"one">()
  })

  test("a future is covariant, no promise, and not built by hand", () => {
    expect(two).type.toBeAssignableTo<Future.Future<string | number, "one">>()
    expect(one).type.not.toBeAssignableTo<Future.Future<number>>()
    expect(Future.result).type.not.toBeCallableWith(Promise.resolve(1))
    expect(Future.result).type.not.toBeCallableWith({ _tag: "Future" })
  })
})
