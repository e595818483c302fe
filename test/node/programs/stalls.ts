/** Two loops that end, the second without JavaScript; then the program ends by itself. */
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { NodeDiagnostics } from "effect-threading/node"
import { spawnSync } from "node:child_process"

function busy() {
  const end = performance.now() + 500
  while (performance.now() < end);
}

const inAnotherProcess = () => spawnSync(process.execPath, ["--eval", "setTimeout(() => {}, 1500)"])

const program = Effect.gen(function*() {
  yield* Effect.sleep("200 millis")
  yield* Effect.sync(busy)
  yield* Effect.sleep("200 millis")
  yield* Effect.sync(inAnotherProcess)
  yield* Effect.sleep("200 millis")
})

program.pipe(
  Effect.provide(NodeDiagnostics.layer({ stall: { after: "100 millis" } })),
  NodeRuntime.runMain
)
