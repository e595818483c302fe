/**
 * Web Workers on Node: OS threads that see no more of Node than a worker in a browser would, and tell their maker no more of
 * themselves. That one has ended, above all, nobody is told.
 */
import type { BrowserWorkerPool } from "effect-threading/browser"
import { Worker } from "node:worker_threads"
import type { Made, Sent } from "./webWorkerScope.ts"

const own = import.meta.resolve("effect-threading/browser/worker")

/** What `new Worker(script, { type: "module", name })` makes. */
export const webWorker = (name: string, script = own): BrowserWorkerPool.WebWorker => {
  const worker = new Worker(new URL("./webWorkerScope.ts", import.meta.url), {
    workerData: { name, script } satisfies Made
  })
  // Node frees the locks of a thread that has ended, but looks who waits for them only with the next request.
  worker.on("exit", () => void navigator.locks.request("anything", () => {}))
  const { addEventListener }: Pick<BrowserWorkerPool.WebWorker, "addEventListener"> = {
    addEventListener(type, listener) {
      worker.on("message", (sent: Sent) => {
        const event = { preventDefault() {}, ...sent }
        if ("data" in sent && type === "message") listener(event as never)
        if ("uncaught" in sent && type === "error") listener({ ...event, message: sent.uncaught } as never)
      })
    }
  }
  return {
    addEventListener,
    postMessage: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => void worker.terminate()
  }
}
