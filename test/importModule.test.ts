/** Where modules of tasks are found in browsers, which tell of a module that is not there by no code. */
import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll } from "vitest"
import { importModule } from "../src/internal/pool/importModule.ts"

const folder = mkdtempSync(join(tmpdir(), "modules-"))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, source: string): string => {
  writeFileSync(join(folder, name), source)
  return pathToFileURL(join(folder, name)).href
}

const throwing = (message: string): string => `throw new TypeError(${JSON.stringify(message)})`

const messages = {
  Chromium: "Failed to fetch dynamically imported module: http://localhost/tasks.ts",
  Firefox: "error loading dynamically imported module: http://localhost/tasks.ts",
  Safari: "Importing a module script failed."
}

const errorOf = (url: string): Promise<unknown> => importModule(url).then(() => undefined, (error: unknown) => error)

for (const [browser, message] of Object.entries(messages)) {
  describe(`in ${browser}`, () => {
    it("a module that was built is found where its source is not", async () => {
      const url = write(`${browser}Built.ts`, throwing(message))
      write(`${browser}Built.js`, "export const answer = 42")
      assert.strictEqual((await importModule(url))["answer"], 42)
    })

    it("a module that is nowhere is told of with all places, and what the browser said", async () => {
      const [url] = ["ts", "js", "mjs"].map((type) => write(`${browser}Nowhere.${type}`, throwing(message)))
      const error = await errorOf(url!)
      assert.match(String(error), /There is no module at .*Nowhere\.ts nor at .*Nowhere\.js nor at .*Nowhere\.mjs\./)
      assert.strictEqual(((error as Error).cause as Error).message, message)
    })
  })
}

it("a module that throws is not looked for elsewhere", async () => {
  const url = write("broken.ts", throwing("it is broken"))
  write("broken.js", "export {}")
  assert.strictEqual(String(await errorOf(url)), "TypeError: it is broken")
})
