/** The timeline shows what the threads of a program went through. */
import type { Browser, Locator } from "playwright-core"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { exampleIn, launch, open, run, write } from "./support/browser.ts"

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const lanes = (example: Locator): Promise<ReadonlyArray<string>> =>
  example.locator("[data-lane]").evaluateAll((all) => all.map((lane) => lane.getAttribute("data-lane")!))

const states = (example: Locator, lane: string): Promise<ReadonlyArray<string>> =>
  example.locator(`[data-lane="${lane}"] rect`).evaluateAll((all) =>
    all.map((rect) => rect.getAttribute("data-state")!)
  )

const titles = (example: Locator, selector: string): Promise<ReadonlyArray<string>> =>
  example.locator(`${selector} title`).evaluateAll((all) => all.map((title) => title.textContent!))

const program = (body: string): string =>
  `import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Lock, Thread, ThreadGroup } from "effect-threading"

Effect.gen(function*() {
${body}}).pipe(ThreadGroup.supervise, NodeRuntime.runMain)
`

describe("the timeline", () => {
  it("has a lane for each thread, which goes through the states that it prints", async () => {
    const { page } = await open(browser, `${inject("site")}guide/threads.html`)
    const example = exampleIn(page, "threads.ts")
    await run(example)
    assert.deepStrictEqual(await lanes(example), ["MainThread", "worker"])
    assert.deepStrictEqual(Array.from(new Set(await states(example, "worker"))), ["Runnable", "Running", "Blocked"])
    assert.strictEqual(await example.locator("[data-lane=worker][data-ended]").count(), 1)
    await page.close()
  })

  it("shows who waits for a lock, who has it, and how it is handed on", async () => {
    const { page } = await open(browser, `${inject("site")}primitives/lock.html`)
    const example = exampleIn(page, "lock.ts")
    await write(
      example,
      program(`  const lock = yield* Lock.make({ name: "door" })
  const pass = Lock.withLock(lock, Effect.yieldNow)
  yield* Thread.fork(pass, { name: "Ann" })
  yield* Thread.fork(pass, { name: "Bob" })
`)
    )
    await run(example)
    assert.deepStrictEqual(await lanes(example), ["MainThread", "Ann", "Bob"])
    assert.include(await titles(example, "[data-lane=Bob] rect"), "Bob: waits for Lock door, which Ann has")
    assert.notInclude(await titles(example, "[data-lane=Ann] rect"), "Ann: waits for Lock door, which Bob has")
    assert.include(await titles(example, ".hand-off"), "Ann lets Bob go on: Lock door")
    await example.getByRole("button", { name: "Show by time" }).click()
    assert.deepStrictEqual(await lanes(example), ["MainThread", "Ann", "Bob"])
    await page.close()
  })

  it("names a deadlock while it lasts", async () => {
    const { page } = await open(browser, `${inject("site")}primitives/lock.html`)
    const example = exampleIn(page, "lock.ts")
    await write(
      example,
      program(`  const left = yield* Lock.make({ name: "left" })
  const right = yield* Lock.make({ name: "right" })
  const both = (a: Lock.Lock, b: Lock.Lock) =>
    Effect.yieldNow.pipe(Lock.withLock(b), Effect.delay("1 millis"), Lock.withLock(a))
  yield* Thread.fork(both(left, right), { name: "Ann" })
  yield* Thread.fork(both(right, left), { name: "Bob" })
`)
    )
    await example.locator(".run").click()
    const alarm = example.locator(".deadlock")
    await alarm.waitFor()
    assert.match(
      await alarm.textContent() ?? "",
      /Ann waits for Lock right, which Bob has; Bob waits for Lock left, which Ann has/
    )
    assert.strictEqual(await example.locator("[data-deadlocked]").count(), 2)
    await page.close()
  })

  it("has a lane for each worker of a pool", async () => {
    const { page } = await open(browser, `${inject("site")}guide/tasks.html`)
    const example = exampleIn(page, "tasks.ts")
    await run(example)
    assert.isAbove(await example.locator("[data-kind=worker]").count(), 0)
    assert.include((await titles(example, "[data-kind=worker] rect")).join("\n"), "primes.")
    await page.close()
  })
})
