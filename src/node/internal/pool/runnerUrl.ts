/** Where the file is that workers run: near this one, or, in a bundle, where the bundler was told to put it. */
import { existsSync } from "node:fs"

// Bundlers would try to follow `new URL("…", import.meta.url)`. There is none in what is no ES module.
const here: string | undefined = import.meta.url

const bundled = "effect-threading-worker"

const places = (): ReadonlyArray<URL> => {
  if (here === undefined) return []
  const own = /^(.*\/node\/)internal\/pool\/runnerUrl(\.[jt]s)(\?.*)?$/.exec(here)
  if (own !== null) return [new URL(`worker${own[2]}`, own[1])]
  // Beside the bundle, or above a folder of its chunks.
  return ["./", "../"].flatMap((folder) => [".js", ".mjs"].map((type) => new URL(`${folder}${bundled}${type}`, here)))
}

/** Throws if there is none. */
export const runnerUrl = (given: URL | undefined): URL => {
  const found = given ?? places().find((url) => existsSync(url))
  if (found !== undefined) return found
  throw new Error(
    `The file that workers run is not found beside ${here ?? "this bundle, which is no ES module"}. Make `
      + `effect-threading/node/worker an entry of the bundle, named ${bundled}, or tell the pool where that file is: `
      + "NodeWorkerPool.layer({ worker: new URL(…) }). See docs/bundlers.md."
  )
}
