// Tasks that submit tasks and wait for them, on one worker. Python's `ThreadPoolExecutor(max_workers=1)` would stand still.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Future, ThreadGroup, ThreadPoolExecutor } from "effect-threading"

// #region nested
interface Folder {
  readonly bytes: number
  readonly folders: ReadonlyArray<Folder>
}

const photos = { bytes: 400, folders: [{ bytes: 70, folders: [] }, { bytes: 30, folders: [] }] }
const home = { bytes: 12, folders: [photos, { bytes: 88, folders: [] }] }

const program = Effect.gen(function*() {
  const pool = yield* ThreadPoolExecutor.make({ maxWorkers: 1 })

  const size = ({ bytes, folders }: Folder): Effect.Effect<
    number,
    ThreadPoolExecutor.ExecutorShutdownError | Future.CancelledError
  > =>
    Effect.gen(function*() {
      const futures = yield* Effect.forEach(folders, (folder) => ThreadPoolExecutor.submit(pool, size(folder)))
      const sizes = yield* Effect.forEach(futures, Future.result) // lends the task's place meanwhile
      return sizes.reduce((total, each) => total + each, bytes)
    })

  const total = yield* ThreadPoolExecutor.submit(pool, size(home))
  yield* Console.log(`bytes in all: ${yield* Future.result(total)}`)
})
// #endregion nested

program.pipe(Effect.scoped, ThreadGroup.supervise, NodeRuntime.runMain)

// Output:
// bytes in all: 600
