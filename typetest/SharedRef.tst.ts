import type { Effect } from "effect"
import { SharedRef } from "effect-threading"
import { describe, expect, test } from "tstyche"

declare const ref: SharedRef.SharedRef

describe("SharedRef", () => {
  test("holds a number", () => {
    expect(SharedRef.make(1)).type.toBe<Effect.Effect<SharedRef.SharedRef>>()
    expect(SharedRef.make).type.not.toBeCallableWith("1")
    expect(SharedRef.get(ref)).type.toBe<Effect.Effect<number>>()
  })

  test("is changed by functions, called whole or piped", () => {
    expect(SharedRef.update(ref, (n) => n + 1)).type.toBe<Effect.Effect<void>>()
    expect(SharedRef.update((n: number) => n + 1)(ref)).type.toBe<Effect.Effect<void>>()
    expect(SharedRef.modify(ref, (n) => ["was", n + 1])).type.toBe<Effect.Effect<string>>()
    expect(SharedRef.update).type.not.toBeCallableWith(ref, () => "1")
  })

  test("is nobody's to build", () => {
    expect(SharedRef.get).type.not.toBeCallableWith({ memory: new BigInt64Array(1) })
  })
})
