// Prints, for the main OS thread and two workers that live at once, its native id and the idents of two threads.
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Thread, ThreadGroup } from "effect-threading"
import { isMainThread, parentPort, threadId, Worker } from "node:worker_threads"

const own = Effect.gen(function*() {
  const first = yield* Thread.make(Effect.void)
  const second = yield* Thread.make(Effect.void)
  return { native: Thread.nativeId, expected: threadId, idents: [first.ident, second.ident] }
}).pipe(ThreadGroup.supervise)

const ask = (worker: Worker) =>
  Effect.callback<unknown>((resume) => {
    worker.once("message", (answer) => resume(Effect.succeed(answer)))
    worker.once("error", (error) => resume(Effect.die(error)))
  })

if (isMainThread) {
  const workers = [new Worker(import.meta.filename), new Worker(import.meta.filename)]
  const program = Effect.gen(function*() {
    const answers = yield* Effect.all(workers.map(ask), { concurrency: "unbounded" })
    console.log(JSON.stringify([yield* own, ...answers]))
    for (const worker of workers) worker.postMessage("end")
  })
  program.pipe(NodeRuntime.runMain)
} else {
  // The parent's last message lets go of both, so that they live at the same time.
  parentPort!.once("message", () => parentPort!.close())
  parentPort!.postMessage(await Effect.runPromise(own))
}
