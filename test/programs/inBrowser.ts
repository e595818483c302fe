/** Runs a file as a page would, cross-origin isolated, with Web Workers. */
import { pathToFileURL } from "node:url"
import { webWorker } from "../support/webWorker.ts"

/** `new` gives what it returns. */
function Worker(url: URL, { name }: { readonly name: string }): object {
  return webWorker(name, url.href)
}

Object.assign(globalThis, { Worker, crossOriginIsolated: true })
await import(pathToFileURL(process.argv[2]!).href)
