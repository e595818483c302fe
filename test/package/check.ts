/**
 * `npm run build:package`: packs the package as npm would publish it, lints the tarball (publint, attw), then installs
 * it beside `effect` in an empty project, without our tools, and type-checks and runs programs there.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dirname, "..", "..")
const project = mkdtempSync(join(tmpdir(), "effect-threading-"))
process.on("exit", () => rmSync(project, { recursive: true, force: true }))

const run = (cwd: string, command: string, ...args: ReadonlyArray<string>): string => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (error !== undefined || status !== 0) {
    console.error(`${command} ${args.join(" ")}\n${stdout}${stderr}${error ?? ""}`)
    process.exit(1)
  }
  return stdout
}
const tool = (name: string, ...args: ReadonlyArray<string>) =>
  run(root, join(root, "node_modules", ".bin", name), ...args)
const node = (...args: ReadonlyArray<string>) => run(project, process.execPath, ...args)

const [packed] = Object.values(JSON.parse(run(root, "npm", "pack", "--json", "--pack-destination", project))) as [
  { readonly filename: string; readonly size: number; readonly files: ReadonlyArray<{ readonly path: string }> }
]
const tarball = join(project, packed.filename)
const stray = packed.files.filter(({ path }) =>
  !/^(src\/.+\.ts|dist\/.+\.(js|d\.ts)(\.map)?|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path)
)
assert.deepEqual(stray, [], "the tarball holds files that users do not need")
console.log(`packed ${packed.files.length} files, ${Math.ceil(packed.size / 1024)} kB`)

tool("publint", "run", tarball, "--strict")
console.log("publint: ok")
const modules = readdirSync(join(root, "src")).filter((name) => name.endsWith(".ts") && name !== "index.ts")
const entrypoints = [".", "testing", "testing/vitest", "node", ...modules.map((name) => name.slice(0, -".ts".length))]
tool("attw", tarball, "--profile", "esm-only", "--no-color", "--no-emoji", "--entrypoints", ...entrypoints)
console.log(`attw: ok (${entrypoints.length} entry points)`)

const { version } = JSON.parse(readFileSync(join(root, "node_modules", "effect", "package.json"), "utf8"))
writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
const quietly = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"]
run(project, "npm", "install", ...quietly, tarball, `effect@${version}`)
assert.equal(
  node("--eval", `import("vitest").then(() => console.log("found"), () => console.log("absent"))`),
  "absent\n"
)

const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
const expected = {
  "program.js": "visits: 2,2,1,5\n",
  "program.ts": `{"a":4,"daisy":1,"is":3,"no":1,"rose":4} ERR_PACKAGE_PATH_NOT_EXPORTED\n`,
  "tools.ts": "deadlock deadlock true true MainThread\n"
}
for (const [program, output] of Object.entries(expected)) {
  copyFileSync(join(import.meta.dirname, program), join(project, program))
  for (const [resolution, module] of [["nodenext", "nodenext"], ["bundler", "esnext"]] as const) {
    const outDir = `${program}-${resolution}`
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          allowJs: true,
          checkJs: true,
          target: "es2024",
          lib: ["es2024", "dom"],
          module,
          moduleResolution: resolution,
          outDir,
          rootDir: "."
        },
        files: [program]
      })
    )
    node(tsc)
    assert.equal(node(join(outDir, program.replace(/ts$/, "js"))), output)
    console.log(`${program}: type-checks (${resolution}) and runs`)
  }
}
