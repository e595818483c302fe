/** What waits in shared memory keeps its process alive, which the platform's own wait does not, and only as long as it waits. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { start } from "./support/program.ts"

const ends = (way: string) => Effect.promise(() => start("test/programs/sharedWaits.ts", way).end)

describe("a program that waits for what OS threads share", () => {
  it.live(
    "goes on when another OS thread has its turn, with nothing else to keep it alive",
    () =>
      Effect.gen(function*() {
        const { code, stderr, stdout } = yield* ends("waits")
        assert.deepStrictEqual([code, stdout, stderr], [0, "went on\n", ""])
      }),
    60_000
  )

  it.live("ends when it has given up waiting", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* ends("has waited")
      assert.deepStrictEqual([code, stdout, stderr], [0, "gave up\n", ""])
    }), 60_000)

  it.live("is not kept alive by a daemon's wait", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* ends("waits as a daemon")
      // Node's own for a program whose end does not come.
      assert.deepStrictEqual([code, stdout], [13, "waits\n"])
    }), 60_000)
})
