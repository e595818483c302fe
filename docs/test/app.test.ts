/** A page of somebody's own, bundled as `docs/bundlers.md` says, with tasks on the browser's real workers. */
import { build } from "esbuild"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser } from "playwright-core"
import { preview } from "vite"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { isolation } from "../.vitepress/headers.ts"
import { launch } from "./support/browser.ts"

const program = join(import.meta.dirname, "..", "..", "test", "bundles", "program")
const outDir = mkdtempSync(join(tmpdir(), "app-"))

let browser: Browser
beforeAll(async () => {
  browser = await launch()
  await build({
    entryPoints: {
      main: join(program, "browser.ts"),
      tasks: join(program, "tasks.ts"),
      services: join(program, "services.ts"),
      "effect-threading-worker": "effect-threading/browser/worker"
    },
    absWorkingDir: program,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    tsconfigRaw: {},
    outdir: outDir
  })
  writeFileSync(
    join(outDir, "index.html"),
    "<!doctype html><title>app</title><script type=module src=main.js></script>"
  )
})
afterAll(async () => {
  await browser.close()
  rmSync(outDir, { recursive: true })
})

describe("a page with tasks", () => {
  it.each(
    [["cross-origin isolated", isolation, true], ["without shared memory", {}, false]] as const
  )("%s, sees values, errors, streams and services, and cancels a loop", async (_, headers, isIsolated) => {
    const server = await preview({
      configFile: false,
      logLevel: "warn",
      appType: "mpa",
      publicDir: false,
      build: { outDir },
      preview: { headers, host: "localhost", port: 0 }
    })
    const address = server.httpServer.address() as { readonly port: number }
    const page = await browser.newPage()
    const printed = page.waitForEvent("console", (message) => message.type() === "log")
    await page.goto(`http://localhost:${address.port}/`)
    assert.strictEqual(await page.evaluate(() => crossOriginIsolated), isIsolated)
    assert.deepStrictEqual(JSON.parse((await printed).text()), {
      point: 42,
      errors: [12, -2],
      options: [4, true],
      steps: [7, 14, 21],
      bytes: 3,
      spin: true
    })
    await page.close()
    await server.close()
  })
})
