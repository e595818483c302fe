/** Where the file is that workers run: beside this one, or, in a bundle, where the bundler was told to put it. */
import { existsSync } from "node:fs"

const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"

const candidates = [
  new URL(`../../worker.${extension}`, import.meta.url),
  new URL("./effect-threading-worker.js", import.meta.url)
]

/** Throws if there is none. */
export const runnerUrl = (given: URL | undefined): URL => {
  const found = given ?? candidates.find((url) => existsSync(url))
  if (found !== undefined) return found
  throw new Error(
    `The file that workers run is not at ${
      candidates.map(String).join(" nor at ")
    }. Bundle effect-threading/node/worker as an entry `
      + "named effect-threading-worker, or tell the pool where it is: NodeWorkerPool.layer({ worker: new URL(…) })."
  )
}
