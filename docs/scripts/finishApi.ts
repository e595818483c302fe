/** Puts in the API pages what TypeDoc leaves out: what each module is, which its file says first; and shortens what it says at length. */
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"

const docs = join(import.meta.dirname, "..")
const api = join(docs, "api")

/** The comment that a source file begins with, without its tags. */
const introOf = (source: string): { readonly text: string; readonly since: string | undefined } => {
  const comment = /^\/\*\*\n([^]*?)\n? \*\//.exec(source)?.[1]!.replaceAll(/^ \* ?/gm, "") ?? ""
  const [text, ...tags] = comment.split(/^(?=@)/m)
  return { text: text!.trim(), since: tags.find((tag) => tag.startsWith("@since"))?.slice("@since".length).trim() }
}

const importOf = (path: string): string => {
  const [folder, name] = path.includes("/") ? path.split("/") : ["", path]
  const from = folder === "" ? "effect-threading" : `effect-threading/${folder}`
  return path === "testing/vitest"
    ? "import { it } from \"effect-threading/testing/vitest\""
    : `import { ${name} } from "${from}"`
}

/** As VitePress makes anchors of headings. */
const slugOf = (heading: string): string => heading.toLowerCase().replaceAll(/[^\w]+/g, "-").replaceAll(/^-|-$/g, "")

/**
 * TypeDoc numbers the anchors of headings that are called as a row of a table is, of which VitePress does not know. Where a link
 * asks for such a number its heading gets an anchor of that name.
 */
const anchored = (page: string, linked: ReadonlyArray<string>): string => {
  const slugs = Array.from(page.matchAll(/^#+ (.*)$/gm), ([, heading]) => slugOf(heading!))
  for (const anchor of linked) {
    const [, slug, number] = /^(.*)-(\d+)$/.exec(anchor) ?? []
    if (slug === undefined || page.includes(`id="${anchor}"`)) continue
    if (slugs.filter((each) => each === slug).length > Number(number)) continue
    page = page.replace(
      /^#+ (.*)$/gm,
      (line, heading: string) => slugOf(heading) === slug ? `<a id="${anchor}"></a>\n\n${line}` : line
    )
  }
  return page
}

for (const file of globSync(join(api, "**", "*.md"))) {
  const path = relative(api, file).replace(/(\/index)?\.md$/, "")
  let page = readFileSync(file, "utf8")
  page = page.replaceAll(/^#{3,6} Since\n\n(\S+)$/gm, "*Since $1.*")
  page = page.replaceAll(/^#{3,6} Type Parameters\n\n\| Type Parameter \|\n[^]*?\n\n/gm, "")
  // Of an error its fields are of interest, not that it is a class.
  page = page.replaceAll(/^#### (Extends|Constructors|Accessors|Methods)\n[^]*?(?=^#{1,4} |^\*\*\*$|(?![^]))/gm, "")
  if (path !== "index") {
    const { since, text } = introOf(readFileSync(join(docs, "..", "src", `${path}.ts`), "utf8"))
    const intro = `${text}\n\n\`\`\`ts\n${importOf(path)}\n\`\`\`\n\n*Since ${since}.*\n`
    page = page.replace(
      /^# .*\n/,
      (title) =>
        `---\ndescription: ${
          JSON.stringify(`API of ${path.split("/").at(-1)}`)
        }\neditLink: false\n---\n\n${title}\n${intro}`
    )
  }
  const links = Array.from(page.matchAll(/\]\(#([\w-]+)\)/g), ([, anchor]) => anchor!)
  writeFileSync(file, anchored(page, [...new Set(links)]))
}
