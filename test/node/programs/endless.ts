/** A thread whose loop never ends. Whoever started this program kills it. */
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import { NodeDiagnostics } from "effect-threading/node"

let rounds = 0

function spin(): never {
  for (;;) rounds++
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
