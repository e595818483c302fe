// Forty daemons read and write files without end; main ends once all of them do.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Semaphore, Thread, ThreadGroup } from "effect-threading"
import { open, readFile } from "node:fs/promises"
import { devNull } from "node:os"

const program = Effect.gen(function*() {
  const began = yield* Semaphore.make(0)
  const work = Effect.promise(async () => {
    const file = await open(devNull, "w")
    await file.write(await readFile(import.meta.filename))
    await file.close()
  })
  for (let i = 0; i < 40; i++) {
    yield* Thread.fork(
      Effect.andThen(work, Effect.andThen(Semaphore.release(began), Effect.forever(work))),
      { daemon: true }
    )
  }
  yield* Semaphore.acquire(began, 40)
  console.log("end of main")
})

program.pipe(ThreadGroup.supervise, NodeRuntime.runMain)
