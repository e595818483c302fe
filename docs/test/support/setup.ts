/** Serves the built site to all tests: with the headers that isolate a page, without them, and from a sub-path. */
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { preview } from "vite"
import type { TestProject } from "vitest/node"
import { isolation } from "../../.vitepress/headers.ts"

const docs = join(import.meta.dirname, "..", "..")

declare module "vitest" {
  interface ProvidedContext {
    /** Where the site is served. */
    readonly site: string
    readonly withoutHeaders: string
    readonly subPath: string
  }
}

const serve = async (outDir: string, base: string, headers: Record<string, string>) => {
  const server = await preview({
    root: docs,
    configFile: false,
    logLevel: "warn",
    base,
    appType: "mpa",
    publicDir: false,
    build: { outDir },
    preview: { headers, host: "localhost", port: 0 }
  })
  const address = server.httpServer.address()
  if (address === null || typeof address === "string") throw new Error("The site is served nowhere.")
  return { server, url: `http://localhost:${address.port}${base}` }
}

export default async ({ provide }: TestProject) => {
  if (!existsSync(join(docs, ".vitepress", "dist", "index.html"))) {
    throw new Error("The site is not built: npm run docs:build comes first.")
  }
  const base = "/some/path/"
  execFileSync(
    process.execPath,
    [
      join(docs, "node_modules", "vitepress", "bin", "vitepress.js"),
      "build",
      docs,
      "--outDir",
      join(docs, ".vitepress", "dist-sub")
    ],
    { env: { ...process.env, DOCS_BASE: base }, stdio: ["ignore", "ignore", "inherit"] }
  )
  const site = await serve(".vitepress/dist", "/", isolation)
  const withoutHeaders = await serve(".vitepress/dist", "/", {})
  const subPath = await serve(".vitepress/dist-sub", base, {})
  provide("site", site.url)
  provide("withoutHeaders", withoutHeaders.url)
  provide("subPath", subPath.url)
  return async () => {
    for (const { server } of [site, withoutHeaders, subPath]) await server.close()
  }
}
