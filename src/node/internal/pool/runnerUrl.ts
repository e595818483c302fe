/** Where the file is that workers run: near this one, or, in a bundle, where the bundler was told to put it. */
import { existsSync } from "node:fs"
import { placesOf } from "../../../internal/pool/importModule.ts"

// Bundlers would try to follow `new URL("…", import.meta.url)`. There is none in what is no ES module.
const here: string | undefined = import.meta.url

const bundled = "effect-threading-worker"

const places = (given: URL | undefined): ReadonlyArray<URL> => {
  if (given !== undefined) return placesOf(given.href).map((url) => new URL(url))
  if (here === undefined) return []
  const own = /^(.*\/node\/)internal\/pool\/runnerUrl(\.[jt]s)(\?.*)?$/.exec(here)
  if (own !== null) return [new URL(`worker${own[2]}`, own[1])]
  // Beside the bundle, or above a folder of its chunks.
  return ["./", "../"].flatMap((folder) => [".js", ".mjs"].map((type) => new URL(`${folder}${bundled}${type}`, here)))
}

/** Throws if there is none. */
export const runnerUrl = (given: URL | undefined): URL => {
  const candidates = places(given)
  const found = candidates.find((url) => url.protocol !== "file:" || existsSync(url))
  if (found !== undefined) return found
  throw new Error(
    given === undefined
      ? `The file that workers run is not found near ${here ?? "this bundle, which is no ES module"}. Make `
        + `effect-threading/node/worker an entry of the bundle, named ${bundled}, or tell the pool where it is: `
        + "NodeWorkerPool.layer({ worker: new URL(…) }). See docs/bundlers.md."
      : `The pool was told that the file that workers run is at ${candidates.join(" or ")}, where there is none.`
  )
}
