/** Every page opens without a word in the console, fits a phone, and leads nowhere that is not there. */
import type { Browser } from "playwright-core"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { launch, open } from "./support/browser.ts"
import type { Watched } from "./support/browser.ts"
import { pages } from "./support/pages.ts"

const site = inject("site")

interface Seen {
  readonly ids: ReadonlySet<string>
  readonly links: ReadonlyArray<string>
  readonly faults: ReadonlyArray<string>
  readonly policy: string | null
  readonly overflow: number
  readonly isTitled: boolean
}

let browser: Browser
const seen = new Map<string, Seen>()

const look = async (page: string): Promise<Seen> => {
  const { faults, page: tab }: Watched = await open(browser, `${site}${page}`)
  const found = await tab.evaluate(() => ({
    ids: Array.from(
      document.querySelectorAll("[id], a[name]"),
      (element) => element.id || element.getAttribute("name")!
    ),
    links: Array.from(document.querySelectorAll<HTMLAnchorElement>("a[href]"), ({ href }) => href),
    policy: document.querySelector("meta[http-equiv=Content-Security-Policy]")?.getAttribute("content") ?? null,
    isTitled: document.title !== "" && document.querySelectorAll("h1").length === 1
  }))
  await tab.setViewportSize({ width: 390, height: 844 })
  const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await tab.close()
  return { ...found, ids: new Set(found.ids), faults, overflow }
}

beforeAll(async () => {
  browser = await launch()
  const rest = [...pages]
  const work = async () => {
    for (let page = rest.shift(); page !== undefined; page = rest.shift()) seen.set(page, await look(page))
  }
  await Promise.all([work(), work(), work(), work()])
}, 300_000)
afterAll(() => browser.close())

describe("the pages", () => {
  it("are there", () => {
    assert.isAbove(pages.length, 50)
  })

  it.each(pages)("%s opens without an error, and asks no other host for anything", (page) => {
    assert.deepStrictEqual(seen.get(page)!.faults, [])
  })

  it.each(pages)("%s has one title", (page) => {
    assert.isTrue(seen.get(page)!.isTitled)
  })

  it.each(pages)("%s fits the width of a phone", (page) => {
    assert.isAtMost(seen.get(page)!.overflow, 0)
  })

  it.each(pages)("%s links to what is there", (page) => {
    const { links } = seen.get(page)!
    const broken = links.filter((link) => {
      const { hash, origin, pathname } = new URL(link)
      if (`${origin}/` !== site) return false
      const path = pathname.slice(1).replace(/(^|\/)$/, "$1index.html")
      const target = seen.get(path) ?? seen.get(`${path}.html`)
      return target === undefined || hash !== "" && !target.ids.has(decodeURIComponent(hash.slice(1)))
    })
    assert.deepStrictEqual(broken, [])
  })

  it.each(pages)("%s lets in no code but the site's, and sends nothing", (page) => {
    const policy = seen.get(page)!.policy ?? ""
    const rules = new Map(policy.split("; ").map((rule) => [rule.split(" ")[0], rule]))
    assert.strictEqual(rules.get("default-src"), "default-src 'none'")
    assert.strictEqual(rules.get("connect-src"), "connect-src 'none'")
    assert.match(rules.get("script-src")!, /^script-src 'self' blob:( 'sha256-[\w+/=]+')*$/)
  })

  it.each(
    [
      ["how to install it", "guide/start.html", ""],
      ["a first program", "guide/start.html", ""],
      ["how to move work off the event loop", "guide/tasks.html", ""],
      ["how to cancel it", "guide/tasks.html", "#cancel-it"]
    ]
  )("the front page leads at once to %s", (_, page, hash) => {
    const { links } = seen.get("index.html")!
    assert.include(links, `${site}${page}${hash}`)
    if (hash !== "") assert.isTrue(seen.get(page)!.ids.has(hash.slice(1)))
  })
})
