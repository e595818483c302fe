/** Puts in the API pages what TypeDoc leaves out: what each module is, which its file says first; and shortens what it says at length. */
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { categoriesOf } from "./apiEntries.ts"

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

/** The entries of a page, and what VitePress calls their anchors: of headings that look alike, all but the first have a number. */
const anchorsOf = (page: string): ReadonlyMap<string, string> => {
  const slugs: Array<string> = []
  const anchors = new Map<string, string>()
  for (const [, level, heading] of page.matchAll(/^(#+) (.*)$/gm)) {
    const slug = slugOf(heading!)
    const before = slugs.filter((each) => each === slug).length
    slugs.push(slug)
    if (level === "###") anchors.set(heading!, before === 0 ? slug : `${slug}-${before}`)
  }
  return anchors
}

/** What is exported under a name that no constant can have has a comment that TypeDoc does not see: puts it where it belongs. */
const withRenamed = (page: string, source: string): string => {
  for (const [, comment, name] of source.matchAll(/^ {2}(\/\*\*\n(?:(?!\*\/)[^])*\*\/)\n {2}\w+_ as (\w+)$/gm)) {
    const { since, text } = introOf(comment!.replaceAll(/^ {2}/gm, ""))
    const category = /@category (\w+)/.exec(comment!)![1]
    const [entry] = new RegExp(`^### ${name}\\(\\)\n[^]*?(?=^\\*\\*\\*$|^## |(?![^]))`, "m").exec(page)!
    const told = entry.replace(/^```\n/m, (end) => `${end}\n${text}\n\n*Since ${since}.*\n\n`)
    page = page.replace(entry, "")
      .replace(new RegExp(`^## ${category}\n[^]*?(?=^## |(?![^]))`, "m"), (all) => `${all}\n${told}\n`)
  }
  return page
}

const finished = new Map<string, string>()
for (const file of globSync(join(api, "**", "*.md"))) {
  const path = relative(api, file).replace(/(\/index)?\.md$/, "")
  let page = readFileSync(file, "utf8")
  page = page.replaceAll(/<a id="[\w-]+"><\/a> /g, "")
  page = page.replaceAll(/^#{3,6} Since\n\n(\S+)$/gm, "*Since $1.*")
  page = page.replaceAll(/^#{3,6} Type Parameters\n\n\| Type Parameter \|\n[^]*?\n\n/gm, "")
  if (path !== "index") {
    const source = readFileSync(join(docs, "..", "src", `${path}.ts`), "utf8")
    const { since, text } = introOf(source)
    const [title] = /^# .*\n/.exec(page)!
    const sentence = text.replaceAll(/\s+/g, " ").replaceAll("`", "").replace(/(?<=\.) .*/, "")
    const front = `---\ndescription: ${JSON.stringify(sentence)}\neditLink: false\n---\n\n`
    const intro = `${text}\n\n\`\`\`ts\n${importOf(path)}\n\`\`\`\n\n*Since ${since}.*\n`
    const entries = categoriesOf(path, withRenamed(page.slice(title.length), source)).trimStart()
    page = `${front}${title}\n${intro}\n${entries}`
  }
  finished.set(file, page)
}

// TypeDoc links to anchors as it numbers them itself.
const anchors = new Map(Array.from(finished, ([file, page]) => [file, anchorsOf(page)]))
for (const [file, page] of finished) {
  const linked = page.replaceAll(/\[`(\w+)`\]\(([^)#\s]*)#[\w-]+\)/g, (link, name: string, target: string) => {
    const anchor = anchors.get(target === "" ? file : join(dirname(file), target))?.get(name)
    return anchor === undefined ? link : `[\`${name}\`](${target}#${anchor})`
  })
  writeFileSync(file, linked)
}
