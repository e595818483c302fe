/** The library's executor with something wrong about it. */
import { Effect, Fiber, Scope, Stream } from "effect"
import { Future, ThreadPoolExecutor } from "effect-threading"
import { CurrentTask } from "../../src/internal/futureState.ts"
import { executorCases } from "../contracts/executor.ts"
import type { ExecutorApi } from "../contracts/executors.ts"
import { shutdownCases } from "../contracts/shutdown.ts"
import type { Mutant } from "./mutant.ts"

const right: ExecutorApi = ThreadPoolExecutor

type Task = Effect.Effect<unknown, unknown, unknown>

/** An executor that does something else to its tasks. */
const submitting = (change: (task: Task) => Task): ExecutorApi => {
  const submit = (pool: ThreadPoolExecutor.ThreadPoolExecutor, task: Task) =>
    ThreadPoolExecutor.submit(pool, change(task))
  return { ...right, submit: submit as ExecutorApi["submit"] }
}

const scopeClosedLater = (task: Task): Task =>
  Effect.flatMap(
    Scope.make(),
    (scope) => Effect.onExit(Scope.provide(task, scope), (exit) => Effect.forkDetach(Scope.close(scope, exit)))
  )

const runDetached = (task: Task): Task => Effect.flatMap(Effect.forkDetach(task), (fiber) => Fiber.join(fiber))

const mutants: Readonly<Record<string, ExecutorApi>> = {
  "an executor that never settles the future of a task that was interrupted": submitting((task) =>
    Effect.onInterrupt(task, () => Effect.never)
  ),
  "an executor whose task keeps its place while it waits for another task of its own": submitting((task) =>
    Effect.provideService(task, CurrentTask, undefined)
  ),
  "an executor that closes a task's scope after its future is done": submitting(scopeClosedLater),
  "an executor that leaves a task running that was interrupted": submitting(runDetached),
  "an executor with one worker too many": {
    ...right,
    make:
      ((options: { readonly maxWorkers: number }) =>
        right.make({ ...options, maxWorkers: options.maxWorkers + 1 })) as typeof right.make
  },
  "an executor whose shutdown does not wait": {
    ...right,
    shutdown: (pool, options) => right.shutdown(pool, { ...options, wait: false })
  },
  "an executor whose shutdown cancels nothing": {
    ...right,
    shutdown: (pool, options) => right.shutdown(pool, { ...options, cancelFutures: false })
  },
  "an executor whose map gives results as they come": {
    ...right,
    map:
      ((pool: ThreadPoolExecutor.ThreadPoolExecutor, items: Iterable<unknown>, f: (item: unknown) => Task) =>
        Stream.unwrap(
          Effect.map(
            Effect.forEach(items, (item) => right.submit(pool, f(item))),
            (futures) => Stream.mapEffect(Future.asCompleted(futures), Future.result)
          )
        )) as typeof right.map
  }
}

export const executorMutants: ReadonlyArray<Mutant> = Object.entries(mutants).map(([name, api]) => ({
  name,
  cases: [...executorCases(api), ...shutdownCases(api)]
}))
