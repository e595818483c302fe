/** What a program in the editor, and the tasks that it runs, can't do. */
import type { Browser } from "playwright-core"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { exampleIn, launch, open, printed, run, write } from "./support/browser.ts"
import type { Watched } from "./support/browser.ts"

let browser: Browser
let watched: Watched
beforeAll(async () => {
  browser = await launch()
  watched = await open(browser, `${inject("site")}guide/tasks.html`)
})
afterAll(() => browser.close())

const attempts = `
const attempt = async (what: string, f: () => unknown) => {
  try {
    await f()
    return what + ": done"
  } catch {
    return what + ": refused"
  }
}
const all = async () => [
  await attempt("fetch", () => fetch("/index.html")),
  await attempt("fetch elsewhere", () => fetch("https://example.com/")),
  await attempt("import elsewhere", () => import("https:" + "//example.com/x.js")),
  await attempt("import data", () => import("data:text/javascript," + "export {}")),
  await attempt("eval", () => eval("1")),
  await attempt("Function", () => new Function("return 1")()),
  await attempt("request", () => {
    const request = new XMLHttpRequest()
    request.open("GET", "/index.html", false)
    request.send()
  }),
  "page: " + typeof document + " " + typeof window + " " + typeof localStorage
]
`

const refused = [
  "fetch: refused",
  "fetch elsewhere: refused",
  "import elsewhere: refused",
  "import data: refused",
  "eval: refused",
  "Function: refused",
  "request: refused",
  "page: undefined undefined undefined"
]

describe("the sandbox", () => {
  it("keeps a program from the page, from the network, and from code that is not the site's", async () => {
    const example = exampleIn(watched.page, "tasks.ts")
    await write(example, `${attempts}\nfor (const line of await all()) console.log(line)\n`)
    assert.strictEqual(await run(example), "succeeded")
    assert.deepStrictEqual((await printed(example)).trim().split("\n"), refused)
  })

  it("keeps the tasks of its pool from them as well", async () => {
    const example = exampleIn(watched.page, "tasks.ts")
    await write(
      example,
      `import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Task } from "effect-threading"
import { NodeWorkerPool } from "effect-threading/node"

const tasks = Task.module<typeof import("./tasks/primes.ts")>(new URL("./tasks/primes.ts", import.meta.url))

tasks.attempts().pipe(Effect.flatMap((lines) => Effect.forEach(lines, (line) => Console.log(line))), Effect.provide(NodeWorkerPool.layer()), NodeRuntime.runMain)
`
    )
    await example.locator("[role=tab]", { hasText: "tasks/primes.ts" }).click()
    await write(
      example,
      `import { Effect } from "effect"\n${attempts}\nexport const attempts = () => Effect.promise(all)\n`
    )
    assert.strictEqual(await run(example), "succeeded", await example.locator(".live").textContent() ?? "")
    assert.deepStrictEqual((await printed(example)).trim().split("\n"), refused)
  })
})
