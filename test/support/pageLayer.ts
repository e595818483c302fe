/** A pool of Web Workers as a page makes it, on Node. */
import { BrowserWorkerPool } from "effect-threading/browser"
import { webWorker } from "./webWorker.ts"

/** In a page that is cross-origin isolated, or is not. */
export const pageLayer = (crossOriginIsolated: boolean): typeof BrowserWorkerPool.layer => (options) => {
  Object.assign(globalThis, { crossOriginIsolated })
  try {
    return BrowserWorkerPool.layer({ worker: webWorker, ...options })
  } finally {
    Reflect.deleteProperty(globalThis, "crossOriginIsolated")
  }
}
