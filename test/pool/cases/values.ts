/** Values are copies, unless their memory moves. */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Task } from "effect-threading"
import { reasonOf, tasks } from "../support.ts"
import type { Case, Engine } from "../support.ts"

export const values = ({ name }: Engine): ReadonlyArray<Case> => [
  {
    title: "is copied: what a task changes, its caller does not see",
    body: Effect.gen(function*() {
      const sent = [1, 2, 3]
      assert.deepStrictEqual(yield* tasks.changes(sent), [3, 2, 1])
      assert.deepStrictEqual(sent, [1, 2, 3])
      assert.notStrictEqual(yield* tasks.same(sent), sent)
    })
  },
  {
    title: "is plain data and Effect's, at any depth",
    body: Effect.gen(function*() {
      const value = { at: new Date(0), by: new Map([["a", [Option.some(1), Option.none()]]]), bytes: new Uint8Array(3) }
      const back = (yield* tasks.same(value)) as typeof value
      assert.deepStrictEqual(back, value)
      assert.isTrue(Option.isNone(back.by.get("a")![1]!))
    })
  },
  {
    title: "moves to the task if it is marked so",
    body: Effect.gen(function*() {
      const bytes = new Uint8Array(1000)
      assert.strictEqual(yield* tasks.sizeOf(Task.transfer(bytes)), 1000)
      // Processes have no memory in common.
      assert.strictEqual(bytes.byteLength, name === "processes" ? 1000 : 0)
    })
  },
  {
    title: "moves from the task if it is marked there",
    body: Effect.gen(function*() {
      const bytes = yield* tasks.moves(1000)
      assert.strictEqual(bytes.byteLength, 1000)
      assert.isTrue(bytes.every((byte) => byte === 7))
    })
  },
  {
    title: "is no function: the call fails with Unserializable and the path, and nothing is sent",
    body: Effect.gen(function*() {
      const reason = yield* reasonOf(tasks.same({ inside: [() => 1] }))
      assert(reason._tag === "Unserializable")
      assert.include(reason.path, "inside")
      assert.strictEqual(yield* tasks.add(1, 2), 3)
    })
  }
]
