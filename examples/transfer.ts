// Bytes move to the task and back: nothing is copied, and who has sent them has them no more.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

// #region transfer
const tasks = Task.module<typeof import("./tasks/pixels.ts")>(new URL("./tasks/pixels.ts", import.meta.url))

const program = Effect.gen(function*() {
  const pixels = new Uint8Array([0, 64, 255])
  const copied = yield* tasks.invert(pixels)
  yield* Console.log(`copied: ${copied}, and ${pixels.length} bytes are left here`)
  const moved = yield* tasks.invert(Task.transfer(pixels))
  yield* Console.log(`moved: ${moved}, and ${pixels.length} bytes are left here`)
}).pipe(Effect.provide(NodeWorkerPool.layer({ size: 1 })))
// #endregion transfer

NodeRuntime.runMain(program)

// Output:
// copied: 255,191,0, and 3 bytes are left here
// moved: 255,191,0, and 0 bytes are left here
