/** The pages of the built site. */
import { globSync } from "node:fs"
import { join, relative } from "node:path"

const dist = join(import.meta.dirname, "..", "..", ".vitepress", "dist")

/** Their paths, as in `guide/start.html`. */
export const pages: ReadonlyArray<string> = globSync(join(dist, "**", "*.html"))
  .map((file) => relative(dist, file).replaceAll("\\", "/"))
  .filter((page) => page !== "404.html")
  .sort()
