/** A reader changes a program, runs it, stops it, breaks it, and is told where. */
import type { Browser } from "playwright-core"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { ended, exampleIn, launch, open, printed, run, write } from "./support/browser.ts"
import type { Watched } from "./support/browser.ts"

let browser: Browser
let watched: Watched
beforeAll(async () => {
  browser = await launch()
  watched = await open(browser, `${inject("site")}primitives/lock.html`)
})
afterAll(() => browser.close())

const example = () => exampleIn(watched.page, "lock.ts")

const program = (body: string) =>
  `import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"

NodeRuntime.runMain(Effect.gen(function*() {
${body}
}))
`

describe("a program in the editor", () => {
  it("is what was there, changed", async () => {
    await example().locator(".edit").click()
    const content = example().locator(".cm-content")
    await content.waitFor()
    assert.match(await content.textContent() ?? "", /without a lock/)
    await write(example(), program(`  yield* Console.log("edited", 1 + 1)`))
    assert.strictEqual(await run(example()), "succeeded")
    assert.strictEqual(await printed(example()), "edited 2\n")
    await example().locator(".reset").click()
    assert.strictEqual(await run(example()), "succeeded")
    assert.match(await printed(example()), /with a lock: 200/)
  })

  it("prints as it goes on", async () => {
    await write(example(), program(`  yield* Console.log("first")\n  yield* Effect.never`))
    await example().locator(".run").click()
    await example().locator(".output", { hasText: "first" }).waitFor()
    assert.strictEqual(await example().getAttribute("data-status"), "running")
    await example().locator(".stop").click()
    assert.strictEqual(await ended(example()), "interrupted")
  })

  it("is interrupted by Stop, finalizers and all", async () => {
    await write(
      example(),
      program(
        `  yield* Effect.onInterrupt(Effect.andThen(Console.log("waits"), Effect.never), () => Console.log("tidied up"))`
      )
    )
    await example().locator(".run").click()
    await example().locator(".output", { hasText: "waits" }).waitFor()
    await example().locator(".stop").click()
    assert.strictEqual(await ended(example()), "interrupted")
    assert.strictEqual(await printed(example()), "waits\ntidied up\n")
  })

  it("is ended by Stop if it loops without end", async () => {
    await write(example(), program(`  yield* Console.log("loops")\n  for (;;);`))
    await example().locator(".run").click()
    await example().locator(".output", { hasText: "loops" }).waitFor()
    await example().locator(".stop").click()
    assert.strictEqual(await ended(example()), "forced")
    // And the next one runs.
    await write(example(), program(`  yield* Console.log("alive")`))
    assert.strictEqual(await run(example()), "succeeded")
    assert.strictEqual(await printed(example()), "alive\n")
  })

  it("may print without end, and the page stays alive", async () => {
    await write(example(), program(`  for (;;) yield* Console.log("again")`))
    await example().locator(".run").click()
    await example().locator(".output", { hasText: "and more" }).waitFor()
    await example().locator(".stop").click()
    assert.include(["interrupted", "forced"], await ended(example()))
  })

  it.each(
    [
      ["a failure", program(`\n  yield* Effect.fail(new Error("no luck"))`), "lock.ts:6", /no luck/],
      [
        "a defect",
        program(`  yield* Effect.void\n  const none: Array<string> = []\n  none[0]!.trim()`),
        "lock.ts:7",
        /TypeError/
      ],
      ["a syntax error", program(`  const = 3`), "lock.ts:5", /Unexpected token/],
      ["a module that is not there", `import "node:fs"\n`, "lock.ts:1", /There is no module "node:fs"/],
      [
        "a name that a module does not export",
        `\nimport { Mutex } from "effect-threading"\nconsole.log(Mutex)\n`,
        "lock.ts:2",
        /Mutex/
      ]
    ] as const
  )("that has %s is told where", async (_, source, place, message) => {
    await write(example(), source)
    assert.strictEqual(await run(example()), "failed")
    const problem = example().locator(".problem")
    assert.strictEqual(await problem.locator(".where").textContent(), place)
    assert.match(await problem.textContent() ?? "", message)
    const line = await example().locator(".cm-problem").textContent()
    assert.strictEqual(line, source.split("\n")[Number(place.split(":")[1]) - 1])
  })

  it("runs by the keyboard alone", async () => {
    await write(example(), program(`  yield* Console.log("by keyboard")`))
    await watched.page.keyboard.press("Control+Enter")
    assert.strictEqual(await ended(example()), "succeeded")
    await example().locator(".edit").focus()
    await watched.page.keyboard.press("Enter")
    await example().locator(".editing").waitFor({ state: "hidden" })
    await example().locator(".run").focus()
    await watched.page.keyboard.press("Enter")
    await example().locator(".output", { hasText: "by keyboard" }).waitFor()
    assert.strictEqual(await ended(example()), "succeeded")
  })

  it("leaves nothing in the console of the page", () => {
    assert.deepStrictEqual(watched.faults, [])
  })
})
