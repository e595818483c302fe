// Maps tasks over a pool of threads, and ends in the way that its argument tells. Nothing ends the process but that there is
// nothing left to do.
import { Console, Effect, ManagedRuntime, Stream } from "effect"
import { ThreadGroup, ThreadPoolExecutor } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"
import { closable } from "../../pool/support.ts"
import { tasks, workersNow } from "../workers.ts"

const mapped = ThreadGroup.supervise(Effect.scoped(Effect.gen(function*() {
  const executor = yield* ThreadPoolExecutor.make({ maxWorkers: 2 })
  const results = yield* Stream.runCollect(ThreadPoolExecutor.map(executor, [-2, -1, 0, 1], tasks.abs))
  yield* ThreadPoolExecutor.shutdown(executor)
  yield* Console.log(results.join())
})))

const layer = NodeWorkerPool.layer({ size: 2 })

const ways: Record<string, () => Promise<unknown>> = {
  "drops the pool": () => ManagedRuntime.make(layer).runPromise(mapped),

  "closes the pool": () =>
    Effect.gen(function*() {
      const { close, context } = yield* closable(layer)
      yield* Effect.provideContext(mapped, context)
      yield* close
      yield* Console.log(`${yield* Effect.provideContext(workersNow, context)} workers`)
    }).pipe(Effect.runPromise)
}

void ways[process.argv[2]!]!()
