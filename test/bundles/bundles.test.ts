/** The recipes of docs/bundlers.md, and what those are told who follow none. */
import { build as esbuild } from "esbuild"
import type { BuildOptions } from "esbuild"
import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build as vite } from "vite"
import type { BuildEnvironmentOptions } from "vite"
import { afterAll, assert, describe, it } from "vitest"

const program = join(import.meta.dirname, "program")
const sources = (...names: ReadonlyArray<string>): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, join(program, `${name}.ts`)]))

// No packages are found from here.
const folder = mkdtempSync(join(tmpdir(), "effect-threading-bundles-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let bundles = 0

const conditions = ["effect-threading-source"]

const withEsbuild = async (entryPoints: Record<string, string>, options: BuildOptions): Promise<string> => {
  const outdir = join(folder, `${++bundles}`)
  await esbuild({
    entryPoints,
    outdir,
    conditions,
    bundle: true,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    logLevel: "error",
    ...options
  })
  return outdir
}

const withVite = async (build: BuildEnvironmentOptions): Promise<string> => {
  const outDir = join(folder, `${++bundles}`)
  await vite({
    root: program,
    configFile: false,
    logLevel: "error",
    base: "./",
    worker: { format: "es" },
    resolve: { conditions },
    ssr: { noExternal: true, resolve: { conditions } },
    build: { ...build, outDir }
  })
  return outDir
}

const run = (...args: ReadonlyArray<string>): Promise<{ readonly stdout: string; readonly stderr: string }> => {
  const { NODE_OPTIONS: _, ...env } = process.env
  return new Promise((resolve) =>
    execFile(process.execPath, args, { env }, (_error, stdout, stderr) => resolve({ stdout, stderr }))
  )
}

const seen = `{"point":42,"errors":[12,-2],"options":[4,true],"steps":[7,14,21],"bytes":3,"spin":true}\n`

/** Both with threads and with processes. */
const runsRight = async (file: string) => assert.deepStrictEqual(await run(file), { stdout: seen + seen, stderr: "" })

/** With Web Workers. */
const runsInBrowser = async (file: string, output = seen) => {
  const ran = await run(
    "--conditions=effect-threading-source",
    join(import.meta.dirname, "..", "programs", "inBrowser.ts"),
    file
  )
  assert.deepStrictEqual(ran, { stdout: output, stderr: "" })
}

const filesIn = (folder: string): ReadonlyArray<string> => readdirSync(folder, { recursive: true, encoding: "utf8" })

/** Whatever is built for browsers finds nothing of Node's there. */
const needsNoNode = (folder: string) => {
  for (const file of filesIn(folder)) {
    if (!file.endsWith("js")) continue
    const source = readFileSync(join(folder, file), "utf8")
    assert.notMatch(source, /\b(from|import|require)\s*\(?\s*["'`]node:|vite-browser-external/, file)
  }
}

const isTold = async (file: string, message: RegExp) => {
  const { stderr, stdout } = await run(file)
  // First by the pool's log, then by the error.
  assert.match(stdout, message)
  assert.match(stderr, message)
}

const tasks = sources("main", "tasks", "services")
const worker = { "effect-threading-worker": "effect-threading/node/worker" }

describe.concurrent("a program bundled", { timeout: 120_000 }, () => {
  it("with esbuild into files that share chunks runs, minified or not", async () => {
    for (const minify of [false, true]) {
      await runsRight(join(await withEsbuild({ ...tasks, ...worker }, { minify, splitting: true }), "main.mjs"))
    }
  })

  it("with esbuild into files that share nothing runs if one has all that a worker needs", async () => {
    const outdir = await withEsbuild(sources("mainWhole", "whole"), { minify: true, keepNames: true })
    await runsRight(join(outdir, "mainWhole.mjs"))
  })

  it("with Vite's SSR build runs, minified or not", async () => {
    for (const minify of [false, true]) {
      await runsRight(
        join(await withVite({ ssr: true, minify, rolldownOptions: { input: { ...tasks, ...worker } } }), "main.js")
      )
    }
  })

  it("with Vite's library build runs", async () => {
    const entry = { ...tasks, "effect-threading-worker": sources("worker")["worker"]! }
    const outDir = await withVite({
      lib: { entry, formats: ["es"], fileName: (_, name) => `${name}.mjs` },
      rolldownOptions: { platform: "node", external: [/^node:/] }
    })
    await runsRight(join(outDir, "main.mjs"))
  })

  it("without the worker is told of the entry that is missing", async () => {
    const outdir = await withEsbuild(tasks, { splitting: true })
    await isTold(
      join(outdir, "main.mjs"),
      /The file that workers run is not found near file:.*\. Make effect-threading\/node\/worker an entry of the bundle, named effect-threading-worker, or/
    )
  })

  it("without the module of tasks is told of the entry that is missing", async () => {
    const outdir = await withEsbuild({ ...sources("main", "services"), ...worker }, { splitting: true })
    const { stderr } = await run(join(outdir, "main.mjs"))
    assert.match(
      stderr,
      /There is no module at file:.*\/tasks.ts nor at .*\/tasks.js nor at .*\/tasks.mjs. In a bundle it has to be an entry/
    )
  })

  it("with two copies of Effect in its workers is told so", async () => {
    const { stderr } = await run(join(await withEsbuild({ ...tasks, ...worker }, {}), "main.mjs"))
    assert.match(
      stderr,
      /result cannot cross .*: it is an Option \(of another copy of Effect than the worker's: in a bundle/
    )
  })

  it("as CommonJS is told that it can't find the worker by itself", async () => {
    const outdir = await withEsbuild(sources("mainCommon"), {
      format: "cjs",
      outExtension: { ".js": ".cjs" },
      logOverride: { "empty-import-meta": "silent" }
    })
    await isTold(join(outdir, "mainCommon.cjs"), /not found near this bundle, which is no ES module/)
  })

  it("without the classes' names is told of those that it lacks", async () => {
    const outdir = await withEsbuild(sources("mainWhole", "whole"), { minify: true })
    const { stderr } = await run(join(outdir, "mainWhole.mjs"))
    assert.match(stderr, /The module must export the classes that are listed for it: it lacks/)
  })

  it("with the tasks' source inlined is told how to keep the bundler from that", async () => {
    const outDir = await withVite({
      lib: { entry: sources("mainInlined", "worker"), formats: ["es"], fileName: (_, name) => `${name}.mjs` },
      rolldownOptions: { platform: "node", external: [/^node:/] }
    })
    const { stderr } = await run(join(outDir, "mainInlined.mjs"))
    assert.match(stderr, /write `new URL\(\/\* @vite-ignore \*\/ "\.\/tasks\.ts", import\.meta\.url\)`/)
  })
})

describe.concurrent("a program bundled for browsers", { timeout: 120_000 }, () => {
  const forBrowsers = { platform: "browser", target: "es2024", outExtension: { ".js": ".js" } } as const

  it("with esbuild into files that share chunks runs, minified or not", async () => {
    for (const minify of [false, true]) {
      const outdir = await withEsbuild({
        ...sources("browser", "tasks", "services"),
        "effect-threading-worker": "effect-threading/browser/worker"
      }, { ...forBrowsers, minify, splitting: true })
      needsNoNode(outdir)
      await runsInBrowser(join(outdir, "browser.js"))
    }
  })

  const withViteApp = async (input: Record<string, string>, minify: boolean) => {
    const outDir = await withVite({
      minify,
      target: "es2024",
      rolldownOptions: {
        input,
        preserveEntrySignatures: "exports-only",
        output: { entryFileNames: "assets/[name].js" }
      }
    })
    needsNoNode(outDir)
    return join(outDir, "assets")
  }

  it("with Vite runs, minified or not", async () => {
    for (const minify of [false, true]) {
      const input = {
        ...sources("browser", "tasks", "services"),
        "effect-threading-worker": "effect-threading/browser/worker"
      }
      await runsInBrowser(join(await withViteApp(input, minify), "browser.js"))
    }
  })

  it("with Vite has its worker found without more, if the tasks need nothing of Effect", async () => {
    const assets = await withViteApp(sources("browserPlain"), true)
    assert.lengthOf(filesIn(assets).filter((file) => /^worker-.*\.js$/.test(file)), 1)
    await runsInBrowser(join(assets, "browserPlain.js"), "42\n")
  })
})
