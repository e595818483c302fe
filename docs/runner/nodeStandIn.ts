/** `effect-threading/node` in the page: pools of Web Workers in the place of Node's. */
import { BrowserWorkerPool } from "effect-threading/browser"
import { toPage } from "./page.ts"
import { blobWorker } from "./site.ts"

const worker = (name: string): Worker => {
  const made = blobWorker("poolWorker.js", name)
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = ({ data }: MessageEvent<{ readonly text: string; readonly isError: boolean }>) =>
    toPage({ tag: "output", ...data })
  made.postMessage({ console: port2 }, [port2])
  return made
}

const layer: typeof BrowserWorkerPool.layer = (options) => BrowserWorkerPool.layer({ ...options, worker })

export const NodeWorkerPool = { ...BrowserWorkerPool, layer, layerProcess: layer }
