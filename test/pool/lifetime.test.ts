/** Programs with a pool end when they are done, whatever their workers do. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { processTimeout, run } from "../support/run.ts"
import { linesOf } from "./fixtures/log.ts"
import { folder } from "./support.ts"

const program = new URL("./programs/lifetime.ts", import.meta.url)

describe.each(["threads", "processes"])("a program with a pool of %s", (kind) => {
  const ends = (way: string, interruptAt?: string) =>
    Effect.gen(function*() {
      const { path } = yield* folder
      const ended = yield* run(program, { args: [kind, way, path], ...(interruptAt && { interruptAt }) })
      return { ...ended, lines: linesOf(path) }
    })

  it.live(
    "ends by itself if it never closes the pool, whose workers are idle, to be replaced, or have crashed",
    () =>
      Effect.gen(function*() {
        const { code, stdout } = yield* ends("never disposes")
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(stdout.match(/^(\[ 2, 4 \]|crashed)$/gm), ["[ 2, 4 ]", "[ 2, 4 ]", "crashed"])
      }),
    processTimeout
  )

  it.live(
    "closes it while tasks spin, and ends",
    () =>
      Effect.gen(function*() {
        const { code, stdout } = yield* ends("closes while tasks spin")
        assert.deepStrictEqual([code, stdout], [0, "closed\n"])
      }),
    processTimeout
  )

  it.live(
    "is interrupted by Ctrl-C while tasks spin, lets finalizers run, and ends",
    () =>
      Effect.gen(function*() {
        const { code, lines, stdout } = yield* ends("is interrupted", "ready")
        assert.deepStrictEqual([code, stdout], [130, "ready\ninterrupted\n"])
        assert.include(lines, "held ends with Failure")
      }),
    processTimeout
  )

  it.live(
    "has its workers die in every way at once, and ends by itself",
    () =>
      Effect.gen(function*() {
        const { code, stdout } = yield* ends("lets its workers die")
        const rows = stdout.split("\n").filter((line) => /^[^[].*: /.test(line))
        assert.deepStrictEqual(rows.filter((row) => !row.endsWith(": right")), [])
        assert.strictEqual(rows.length, kind === "threads" ? 10 : 13)
        assert.strictEqual(code, 0)
      }),
    processTimeout
  )
})
