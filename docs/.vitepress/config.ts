import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { defineConfig } from "vitepress"
import type { DefaultTheme } from "vitepress"
import { isolation } from "./headers.ts"
import { exampleFence } from "./markdown/exampleFence.ts"
import { withPolicy } from "./policy.ts"

const docs = join(import.meta.dirname, "..")
const { version } = JSON.parse(readFileSync(join(docs, "..", "package.json"), "utf8")) as { readonly version: string }

const page = (text: string, link: string): DefaultTheme.SidebarItem => ({ text, link })

const guide: Array<DefaultTheme.SidebarItem> = [
  {
    text: "Start",
    items: [
      page("Getting started", "/guide/start"),
      page("Coming from Python", "/from/python"),
      page("Coming from Effect", "/from/effect")
    ]
  },
  {
    text: "Threads",
    items: [
      page("Threads and their life cycle", "/guide/threads"),
      page("Supervision and daemons", "/guide/supervision"),
      page("Thread-locals", "/guide/thread-locals"),
      page("Executors and futures", "/guide/executors"),
      page("Timers", "/guide/timers")
    ]
  },
  {
    text: "Primitives",
    items: [
      page("Lock and RLock", "/primitives/lock"),
      page("Semaphore", "/primitives/semaphore"),
      page("Event", "/primitives/event"),
      page("Condition", "/primitives/condition"),
      page("Barrier", "/primitives/barrier"),
      page("ReadWriteLock", "/primitives/read-write-lock")
    ]
  },
  {
    text: "All cores",
    items: [
      page("Tasks and the worker pool", "/guide/tasks"),
      page("Shared memory", "/guide/shared-memory"),
      page("Bundlers", "/bundlers")
    ]
  },
  {
    text: "Finding faults",
    items: [page("Deadlocks and dumps", "/guide/deadlocks"), page("Testing interleavings", "/guide/testing")]
  },
  {
    text: "Recipes",
    items: [
      page("Offload CPU work", "/recipes/offload"),
      page("Rate limiting", "/recipes/rate-limiting"),
      page("A pipeline with backpressure", "/recipes/pipeline"),
      page("Graceful shutdown", "/recipes/shutdown"),
      page("Per-thread connections", "/recipes/connections")
    ]
  },
  {
    text: "About",
    items: [
      page("Beside the peers", "/compare"),
      page("Performance", "/performance"),
      page("Differences from Python", "/differences"),
      page("Questions", "/faq")
    ]
  }
]

/** Made by TypeDoc; absent until it has run. */
const api = (): Array<DefaultTheme.SidebarItem> => {
  const file = join(docs, "api", "typedoc-sidebar.json")
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) as Array<DefaultTheme.SidebarItem> : []
}

export default defineConfig({
  title: "effect-threading",
  description: "Threads, locks, executors and tasks on all cores, typed, for Effect programs.",
  lang: "en-GB",
  base: process.env["DOCS_BASE"] ?? "/",
  // Pages that are for those who read the repository.
  srcExclude: ["node_modules/**", "README.md"],
  // No inline script but the one that sets the colours before anything is seen.
  metaChunk: true,
  head: [["link", { rel: "icon", href: `${process.env["DOCS_BASE"] ?? "/"}icon.svg`, type: "image/svg+xml" }]],
  markdown: {
    config: exampleFence,
    theme: { light: "github-light", dark: "github-dark" },
    // VitePress's own attribute syntax would take the braces of code in headings for its own.
    attrs: { disable: true }
  },
  themeConfig: {
    siteTitle: "effect-threading",
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Guide", link: "/guide/start", activeMatch: "^/(guide|primitives|from|recipes)/" },
      { text: "All cores", link: "/guide/tasks" },
      { text: "API", link: "/api/", activeMatch: "^/api/" },
      {
        text: `v${version}`,
        items: [{ text: "Differences from Python", link: "/differences" }, {
          text: "Beside the peers",
          link: "/compare"
        }, { text: "Performance", link: "/performance" }]
      }
    ],
    sidebar: { "/": guide, "/api/": [{ text: "Modules", items: api() }, { text: "Guide", link: "/guide/start" }] },
    docFooter: { prev: "Before", next: "Next" }
  },
  transformHtml: withPolicy,
  vite: {
    plugins: [
      {
        // Vite's own option reaches all but the pages.
        name: "isolate-pages",
        configureServer: ({ middlewares }) =>
          void middlewares.use((_request, response, next) => {
            for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value)
            next()
          })
      }
    ],
    // Programs and pages alike, whatever their own configurations say.
    esbuild: { target: "es2022", tsconfigRaw: { compilerOptions: { target: "ES2022", verbatimModuleSyntax: true } } },
    server: { fs: { allow: [join(docs, "..")] } },
    build: { chunkSizeWarningLimit: 1000 }
  }
})
