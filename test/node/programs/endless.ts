/** A thread whose loop does not end. Whoever started this program kills it; it gives up when that was forgotten. */
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import { NodeDiagnostics } from "effect-threading/node"

function spin() {
  const end = performance.now() + 120_000
  while (performance.now() < end);
}

const program = Effect.gen(function*() {
  yield* Thread.fork(Effect.sleep("1 hour"), { name: "sleeper", daemon: true })
  yield* Thread.fork(Effect.withSpan(Effect.andThen(Effect.sleep("50 millis"), Effect.sync(spin)), "counting"), {
    name: "spinner"
  })
})

program.pipe(
  ThreadGroup.supervise,
  Effect.provide(NodeDiagnostics.layer({ stall: { after: "100 millis", dump: true } })),
  NodeRuntime.runMain
)
