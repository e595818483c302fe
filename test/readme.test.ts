/** What the README shows is what was run. */
import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"

const read = (path: string) => readFileSync(join(import.meta.dirname, "..", path), "utf8")

it("the README's first program is examples/first.ts", () => {
  const program = /```ts\n([^]*?)```/.exec(read("README.md"))![1]!
  const [, ...lines] = read("examples/first.ts").split("\n")
  const example = lines.filter((line) => !line.startsWith("// #")).join("\n").split("\n// Output:")[0]!
  assert.strictEqual(program.trim(), example.trim())
})

it("the README's test is test/testing/visits.test.ts", () => {
  const [, ...lines] = read("test/testing/visits.test.ts").split("\n")
  assert.include(read("README.md"), `\`\`\`ts\n${lines.join("\n")}\`\`\``)
})

for (const [title, file] of [["Tasks on all cores", "src/Task.ts"], ["One lock for every OS thread", "src/Lock.ts"]]) {
  it(`the README's programs under "${title}" are those of a doc comment of ${file}, which are run`, () => {
    const [, section] = new RegExp(`^## ${title}\\n([^]*?)^## `, "m").exec(read("README.md"))!
    const documented = read(file!).replaceAll(/^ \* ?/gm, "")
    const programs = Array.from(section!.matchAll(/```ts\n[^]*?```/g), ([program]) => program)
    assert.lengthOf(programs, 2)
    for (const program of programs) assert.include(documented, program)
  })
}

it("the README names only files and scripts that exist", () => {
  const readme = read("README.md")
  const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> }
  for (const [, script] of readme.matchAll(/npm run ([\w:]+)/g)) assert.property(scripts, script!)
  for (const [, path] of readme.matchAll(/\]\((?!https?:|CHANGELOG)([^)]+)\)/g)) {
    assert.doesNotThrow(() => path!.includes(".") ? read(path!) : read("package.json"))
  }
})
