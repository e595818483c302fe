// The histogram of an image on all cores: tasks read slices of one SharedArrayBuffer, uncopied, and add up in another.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Random } from "effect"
import { Lock, Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { histogramOf } from "./tasks/histogram.ts"

// #region histogram
const tasks = Task.module<typeof import("./tasks/histogram.ts")>(new URL("./tasks/histogram.ts", import.meta.url))

const noise = Effect.gen(function*() {
  const random = yield* Random.Random
  const image = new Uint8Array(new SharedArrayBuffer(2 ** 20))
  for (let i = 0; i < image.length; i++) image[i] = random.nextDoubleUnsafe() * 256
  return image
}).pipe(Random.withSeed("noise"))

const program = Effect.gen(function*() {
  const image = yield* noise
  const total = new Uint32Array(new SharedArrayBuffer(4 * 256))
  const lock = yield* Lock.makeShared()

  const length = image.length / 8
  const slices = Array.from({ length: 8 }, (_, i) => image.subarray(i * length, (i + 1) * length))
  yield* Effect.forEach(slices, (slice) => tasks.addHistogram(slice, total, lock), { concurrency: "unbounded" })

  yield* Console.log(`pixels: ${total.reduce((sum, count) => sum + count)}`)
  yield* Console.log(`as one core counts them: ${total.join() === histogramOf(image).join()}`)
}).pipe(Effect.provide(NodeWorkerPool.layer()))
// #endregion histogram

NodeRuntime.runMain(program)

// Output:
// pixels: 1048576
// as one core counts them: true
