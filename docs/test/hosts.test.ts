/** The site on hosts of several kinds: one that sets no headers, one that serves it from a sub-path. */
import type { Browser } from "playwright-core"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { alive, exampleIn, launch, open, run, visit } from "./support/browser.ts"

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

describe.each(["withoutHeaders", "subPath"] as const)("on a host that sets no headers (%s)", (host) => {
  it("programs that share no memory run at once; others are told why not, and do after a reload", async () => {
    const { faults, page } = await open(browser, `${inject(host)}guide/shared-memory.html`)
    assert.isFalse(await page.evaluate(() => crossOriginIsolated))
    const example = exampleIn(page, "sharedCounter.ts")
    await example.locator(".run").click()
    await example.locator(".unshared").waitFor()
    assert.match(await example.locator(".unshared").textContent() ?? "", /cross-origin isolated/)

    await visit(page, `${inject(host)}guide/tasks.html`)
    await page.evaluate(() => navigator.serviceWorker.ready)
    await visit(page, `${inject(host)}guide/shared-memory.html`)
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    await page.reload()
    await alive(page)
    assert.isTrue(await page.evaluate(() => crossOriginIsolated))
    assert.strictEqual(await run(exampleIn(page, "sharedCounter.ts")), "succeeded")
    assert.deepStrictEqual(faults, [])
    await page.close()
  })

  it("tasks run without shared memory", async () => {
    const context = await browser.newContext({ serviceWorkers: "block" })
    const page = await context.newPage()
    await visit(page, `${inject(host)}guide/tasks.html`)
    assert.isFalse(await page.evaluate(() => crossOriginIsolated))
    assert.strictEqual(await run(exampleIn(page, "tasks.ts")), "succeeded")
    await context.close()
  })
})
