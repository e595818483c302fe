/** Turns of the event loop where there is no setImmediate, as in browsers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { vi } from "vitest"

const withoutSetImmediate = Effect.acquireRelease(
  Effect.promise(async () => {
    const { setImmediate } = globalThis
    vi.resetModules()
    vi.stubGlobal("setImmediate", undefined)
    const { nextTurn } = await import("../src/internal/time.ts")
    vi.unstubAllGlobals()
    assert.notStrictEqual(nextTurn, setImmediate)
    return nextTurn
  }),
  () => Effect.sync(() => vi.resetModules())
)

describe("the next turn of the event loop, by message", () => {
  it.live("comes after what was to be done before it, and in the order in which it was asked for", () =>
    Effect.gen(function*() {
      const nextTurn = yield* withoutSetImmediate
      const seen: Array<string> = []
      const turn = (name: string) =>
        Effect.callback<void>((resume) => nextTurn(() => resume(Effect.sync(() => void seen.push(name)))))
      yield* Effect.promise(() =>
        new Promise<void>((resolve) => {
          nextTurn(() => {
            seen.push("first")
            nextTurn(() => {
              seen.push("asked for by the first")
              resolve()
            })
            void Promise.resolve().then(() => seen.push("settled by the first"))
          })
          nextTurn(() => seen.push("second"))
          void Promise.resolve().then(() => seen.push("settled before"))
          seen.push("now")
        })
      )
      yield* turn("later")
      assert.deepStrictEqual(seen, [
        "now",
        "settled before",
        "first",
        "settled by the first",
        "second",
        "asked for by the first",
        "later"
      ])
    }))

  it.live("lets timers and others' messages have their turns too", () =>
    Effect.gen(function*() {
      const nextTurn = yield* withoutSetImmediate
      let isOver = false
      let turns = 0
      yield* Effect.promise(() =>
        new Promise<void>((resolve) => {
          const { port1, port2 } = new MessageChannel()
          port1.once("message", () => {
            port1.close()
            setTimeout(() => {
              isOver = true
            })
          })
          port2.postMessage("other")
          const again = (): void => {
            turns++
            if (isOver) resolve()
            else nextTurn(again)
          }
          nextTurn(again)
        })
      )
      assert.isAbove(turns, 0)
    }))
})
