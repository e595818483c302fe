/**
 * Two stalls, the second without JavaScript, each of which ends when there is a file: `busy` and `native` in the folder that is
 * the program's argument. Then the program ends by itself.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { NodeDiagnostics } from "effect-threading/node"
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"

const folder = process.argv[2]!

function busy() {
  while (!existsSync(join(folder, "busy")));
}

function inAnotherProcess() {
  spawnSync("sh", ["-c", `until [ -e "${join(folder, "native")}" ]; do sleep 0.05; done`])
}

const program = Effect.gen(function*() {
  yield* Effect.sleep("200 millis")
  yield* Effect.sync(busy)
  yield* Effect.sleep("200 millis")
  yield* Effect.sync(inAnotherProcess)
  // Until the alarm has been told that it is over.
  yield* Effect.sleep("2 seconds")
})

program.pipe(
  Effect.provide(NodeDiagnostics.layer({ stall: { after: "100 millis" } })),
  NodeRuntime.runMain
)
