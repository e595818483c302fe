import { assert, describe, it } from "@effect/vitest"
import { Exited } from "../src/internal/pool/taskError.ts"
import { TaskError } from "../src/WorkerPool.ts"

describe("TaskError", () => {
  it.each([
    ["an error", new Error("no disk"), "no disk"],
    ["a string", "no disk", "no disk"],
    ["an object without text", { toString: undefined, valueOf: undefined }, "[object Object]"]
  ])("has a message whatever was thrown: %s", (_, cause, text) => {
    const error = new TaskError({ task: "files.read", reason: new Exited({ exitCode: 1, cause }) })
    assert.strictEqual(error.message, `Task files.read has no result: its worker exited with code 1: ${text}.`)
  })
})
