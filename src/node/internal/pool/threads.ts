/** Workers that are OS threads of this process. */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import type { ResourceLimits } from "node:worker_threads"
import type { Engine, WorkerHandle } from "../../../internal/pool/engine.ts"
import { Exited, OutOfMemory, SpawnFailed } from "../../../internal/pool/taskError.ts"
import type { Fault } from "../../../internal/pool/taskError.ts"
import { osThreadEnded } from "../../../internal/shared/osThreads.ts"
import { sampleStack } from "../workerStack.ts"
import { watchWorker } from "../workerStalls.ts"
import { workersFlags } from "./execArgv.ts"
import { runnerUrl } from "./runnerUrl.ts"

/** What a kind of Node's workers can be told. */
export interface NodeOptions {
  readonly worker: URL | undefined
  readonly resourceLimits: ResourceLimits | undefined
}

/** A worker that could not even be tried. */
export const neverStarted = (cause: unknown, gone: (reason: Fault) => void): WorkerHandle => {
  setImmediate(gone, new SpawnFailed({ cause }))
  return { id: undefined, post() {}, keepAlive() {}, cancel() {}, terminate() {} }
}

export const threads = (options: NodeOptions): Engine => ({
  kind: "threads",
  sharesMemory: true,
  parallelism: availableParallelism(),
  spawn(name, init, events) {
    const watched = watchWorker(name)
    let worker: Worker
    try {
      worker = new Worker(runnerUrl(options.worker), {
        name,
        workerData: watched === undefined ? init : { ...init, pulse: watched.pulse },
        // A thread has the flags of its process, unless it can't do with one of them.
        ...(process.execArgv.some((flag) => flag.startsWith("--input-type"))
          ? { execArgv: workersFlags(process.execArgv) }
          : {}),
        ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits })
      })
    } catch (cause) {
      watched?.ended()
      return neverStarted(cause, events.gone)
    }
    let error: unknown
    const { threadId } = worker
    worker.on("message", events.reports)
    worker.on("error", (cause) => {
      error = cause
    })
    worker.on("exit", (code) => {
      watched?.ended()
      osThreadEnded(threadId)
      events.gone(reasonOf(code, error))
    })
    return {
      id: threadId,
      // Node is slower with a list, though it be empty.
      post: (commands, transfer) =>
        transfer.length === 0 ? worker.postMessage(commands) : worker.postMessage(commands, transfer as never),
      keepAlive: (alive) => alive ? worker.ref() : worker.unref(),
      cancel() {},
      terminate: () => void worker.terminate(),
      stack: sampleStack(worker)
    }
  }
})

const reasonOf = (exitCode: number, cause: unknown): Fault =>
  isOutOfMemory(cause)
    ? new OutOfMemory()
    : new Exited(cause === undefined ? { exitCode } : { exitCode, cause })

const isOutOfMemory = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY"
