/**
 * Builds what the programs of the pages run against into `public/run`: the built library, Effect, stand-ins for what is Node's, the
 * worker that runs a program and the one that runs tasks. All share chunks, so that there is one Effect in each worker.
 */
import { build } from "esbuild"
import { existsSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"

const docs = join(import.meta.dirname, "..")
const root = join(docs, "..")
const dist = join(root, "dist")
const outdir = join(docs, "public", "run")

if (!existsSync(join(dist, "index.js"))) throw new Error("There is no dist/: npm run build:dist comes first.")

const effect = join(root, "node_modules", "effect", "dist")
const modulesOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder).filter((name) => /^[A-Z]\w*\.js$/.test(name)).map((name) => name.slice(0, -".js".length))

// What programs import, by its name; each becomes a file.
const packages: Record<string, string> = {
  "effect": join(effect, "index.js"),
  ...Object.fromEntries(modulesOf(effect).map((name) => [`effect/${name}`, join(effect, `${name}.js`)])),
  "effect-threading": join(dist, "index.js"),
  ...Object.fromEntries(modulesOf(dist).map((name) => [`effect-threading/${name}`, join(dist, `${name}.js`)])),
  "effect-threading/testing": join(dist, "testing", "index.js"),
  "effect-threading/node": join(docs, "runner", "nodeStandIn.ts"),
  "effect-threading/browser": join(docs, "runner", "browserStandIn.ts"),
  "@effect/platform-node": join(docs, "runner", "platformStandIn.ts")
}

const fileOf = (specifier: string): string => `modules/${specifier.replace("@", "")}`

rmSync(outdir, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    ...Object.fromEntries(Object.entries(packages).map(([specifier, file]) => [fileOf(specifier), file])),
    runner: join(docs, "runner", "runner.ts"),
    poolWorker: join(docs, "runner", "poolWorker.ts")
  },
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: true,
  legalComments: "none",
  format: "esm",
  target: "es2022",
  platform: "browser",
  outdir,
  chunkNames: "chunks/[name]-[hash]",
  // What the stand-ins themselves import.
  alias: {
    "effect-threading/browser/worker": join(dist, "browser", "worker.js"),
    "effect-threading/browser": join(dist, "browser", "index.js"),
    "effect-threading/Thread": join(dist, "Thread.js")
  },
  define: {
    MODULES: JSON.stringify(Object.fromEntries(Object.keys(packages).map((name) => [name, `${fileOf(name)}.js`])))
  },
  metafile: true,
  logLevel: "warning"
})

const bytes = Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0)
console.log(`runtime: ${Object.keys(metafile.outputs).length} files, ${(bytes / 1e6).toFixed(1)} MB`)
