/** What a reader does besides reading: searches, turns the light off, follows a thread through its states. */
import type { Browser } from "playwright-core"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { launch, open } from "./support/browser.ts"

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

describe("a reader", () => {
  it("finds a page by searching", async () => {
    const { faults, page } = await open(browser, inject("site"))
    await page.keyboard.press("Control+k")
    await page.locator(".VPLocalSearchBox input").fill("acquireScoped")
    await page.locator(".VPLocalSearchBox .result").first().click()
    await page.waitForURL(/\.html/)
    assert.match(await page.locator("main").textContent() ?? "", /acquireScoped/)
    assert.deepStrictEqual(faults, [])
    await page.close()
  })

  it("turns the light off, and it stays off", async () => {
    const { page } = await open(browser, `${inject("site")}guide/start.html`)
    await page.locator(".VPNavBar button.VPSwitchAppearance").first().click()
    assert.isTrue(await page.evaluate(() => document.documentElement.classList.contains("dark")))
    await page.reload()
    assert.isTrue(await page.evaluate(() => document.documentElement.classList.contains("dark")))
    await page.close()
  })

  it("drives a real thread through its five states", async () => {
    const { faults, page } = await open(browser, `${inject("site")}guide/threads.html`)
    const is = (state: string) => page.locator(`.life-cycle[data-state="${state}"]`).waitFor()
    const press = (name: string) => page.locator(".life-cycle").getByRole("button", { name }).click()
    const begin = async () => {
      await press("Thread.make")
      await is("New")
      await press("Thread.start")
      await is("Blocked")
    }
    await begin()
    await press("compute and yield")
    await is("Running")
    await is("Blocked")
    await press("want the lock")
    await page.locator(".life-cycle figcaption", { hasText: "which another thread has" }).waitFor()
    await press("release the lock")
    await page.locator(".life-cycle figcaption", { hasText: "waits for an event" }).waitFor()
    await press("return")
    await is("Terminated")
    assert.match(await page.locator(".life-cycle figcaption").textContent() ?? "", /with a result/)
    await begin()
    await press("Thread.interrupt")
    await is("Terminated")
    assert.deepStrictEqual(faults, [])
    await page.close()
  })

  it("opens the menu on a phone", async () => {
    const { faults, page } = await open(browser, `${inject("site")}guide/start.html`, { width: 390, height: 844 })
    await page.locator(".VPLocalNav .menu").click()
    await page.locator(".VPSidebar.open").getByText("Barrier", { exact: true }).click()
    await page.waitForURL(/barrier/)
    assert.deepStrictEqual(faults, [])
    await page.close()
  })

  it("goes from the keyboard's first Tab past the navigation", async () => {
    const { page } = await open(browser, `${inject("site")}guide/start.html`)
    await page.keyboard.press("Tab")
    assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ""), /Skip to content/)
    await page.close()
  })
})
