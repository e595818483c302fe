/** Every program of every page runs in the page, and prints what it prints on Node. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Browser } from "playwright-core"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { example, folder } from "../.vitepress/examples.ts"
import { launch, open, printed, run } from "./support/browser.ts"
import { pages } from "./support/pages.ts"

const dist = join(import.meta.dirname, "..", ".vitepress", "dist")

const shownIn = (page: string): ReadonlyArray<string> =>
  Array.from(readFileSync(join(dist, page), "utf8").matchAll(/data-example="([^"]+)"/g), ([, file]) => file!)

const withExamples = pages.filter((page) => shownIn(page).length > 0)

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

describe("the programs in the pages", () => {
  it("are many, and those of the front page and of each primitive among them", () => {
    const shown = new Set(withExamples.flatMap(shownIn))
    assert.isAbove(shown.size, 40, folder)
    const known = [
      "first",
      "threads",
      "lock",
      "rlock",
      "semaphore",
      "event",
      "condition",
      "barrier",
      "readWriteLock",
      "pool",
      "tasks"
    ]
    assert.deepStrictEqual(known.filter((name) => !shown.has(`${name}.ts`)), [])
  })

  describe.each(withExamples)("of %s", (page) => {
    it("print what they print on Node", { timeout: 240_000 }, async () => {
      const { faults, page: tab } = await open(browser, `${inject("site")}${page}`)
      for (const section of await tab.locator("[data-example]").all()) {
        const file = (await section.getAttribute("data-example"))!
        const how = await run(section)
        const problem = await section.locator(".problem").allTextContents()
        assert.deepStrictEqual(
          { file, how, problem, printed: await printed(section) },
          { file, how: "succeeded", problem: [], printed: example(file).output! }
        )
        // The page says so as well.
        assert.match(await section.locator(".status").textContent() ?? "", /what it prints on Node/)
        assert.isAbove(await section.locator("[data-lane]").count(), 0, `${file} has a timeline`)
      }
      assert.deepStrictEqual(faults, [])
      await tab.close()
    })
  })
})
