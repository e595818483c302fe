/** Chromium, and pages that note what they should not do. */
import { existsSync } from "node:fs"
import { chromium } from "playwright-core"
import type { Browser, Locator, Page } from "playwright-core"

const found = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => path !== undefined && existsSync(path))

export const launch = (): Promise<Browser> => {
  if (found === undefined) {
    throw new Error("There is no Chromium: install it, or say where it is by CHROMIUM=/path/to/it.")
  }
  // Root, as which CI runs, has no sandbox of Chromium's.
  return chromium.launch({ executablePath: found, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] })
}

export interface Watched {
  readonly page: Page
  /** Errors in the console, exceptions, requests that failed or went to another host. */
  readonly faults: Array<string>
}

export const open = async (browser: Browser, url: string, size = { width: 1280, height: 900 }): Promise<Watched> => {
  const page = await browser.newPage({ viewport: size })
  const faults: Array<string> = []
  const { origin } = new URL(url)
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`)
  })
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`))
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url()) && new URL(request.url()).origin !== origin) {
      faults.push(`request: ${request.url()}`)
    }
  })
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`)
  })
  await visit(page, url)
  return { page, faults }
}

/** Until the page has come to life. */
export const visit = async (page: Page, url: string): Promise<void> => {
  await page.goto(url)
  await alive(page)
}

export const alive = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => "__vue_app__" in (document.querySelector("#app") ?? {}))
}

export const exampleIn = (page: Page, file: string): Locator => page.locator(`[data-example="${file}"]`).first()

const over = /^(succeeded|failed|interrupted|forced)$/

/** How it ended. */
export const ended = async (example: Locator): Promise<string> => {
  const handle = (await example.elementHandle())!
  const page = (await handle.ownerFrame())!
  await page.waitForFunction(
    ([element, source]) => new RegExp(source).test(element.getAttribute("data-status") ?? ""),
    [handle, over.source] as const
  )
  return (await example.getAttribute("data-status"))!
}

export const run = async (example: Locator): Promise<string> => {
  await example.locator(".run").click()
  return ended(example)
}

export const printed = async (example: Locator): Promise<string> => await example.locator(".output").textContent() ?? ""

/** Puts a program in the place of the example's own. */
export const write = async (example: Locator, source: string): Promise<void> => {
  if (await example.locator(".edit").textContent() === "Edit") await example.locator(".edit").click()
  const content = example.locator(".cm-content")
  await content.waitFor()
  await content.fill(source)
}
