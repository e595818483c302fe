/** Puts in the API pages what TypeDoc leaves out: what each module is, which its file says first; and shortens what it says at length. */
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"

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

/** The parts of a page, from one heading of a level to the next; the first is what stands before them. */
const partsOf = (text: string, level: number): Array<string> => text.split(new RegExp(`^(?=#{${level}} )`, "m"))

/** As one would write it: unions and short objects in one line, long conditional types in several. */
const signatureOf = (code: string): string => {
  const lines = code.replaceAll(/ *\n *\| /g, " | ").replaceAll(/([:,(] )\| /g, "$1")
    .replaceAll(/\{\n +([^\n]*);\n *\}/g, "{ $1 }").replace(/^(const .*) = [\w.]+;$/m, "$1;")
    .replaceAll(/ +$/gm, "").replaceAll(/^ {3}(?=\S)/gm, "  ")
  return /^(const|type) .{120}/m.test(lines) ? lines.replaceAll(" : ", "\n  : ") : lines
}

/** One entry: its signature says all that lists of parameters and results do, but for links to the types. */
const entryOf = (module: string, entry: string): string => {
  const [first, ...rest] = partsOf(entry.replaceAll(/^\*\*\*\n/gm, ""), 4)
  const types = new Set<string>()
  const sections = rest.map((section) => {
    const heading = /^#+ (.*)/.exec(section)![1]!
    // What follows the section, but belongs to the entry.
    const since = /^\*Since .*$/m.exec(section)?.[0]
    const tail = since === undefined ? "" : `${since}\n\n`
    if (/^(Call Signature|Parameters|Returns)$/.test(heading)) {
      for (const [link, name] of section.matchAll(/\[`(\w+)`\]\([^)]+\)/g)) if (name !== module) types.add(link)
      return tail
    }
    if (heading === "Properties") {
      // What only marks a type is nobody's to read.
      const rows = section.replaceAll(/^\| `(~effect-threading|\[ServicesId\]).*\n/gm, "")
      return /\| -+ \|\n\|/.test(rows) ? rows : tail
    }
    // Of an error its fields are of interest, not that it is a class.
    return /^(Extends|Extended by|Constructors|Accessors|Methods|Type Declaration)$/.test(heading) ? tail : section
  })
  const text = [first, ...sections].join("")
    .replaceAll(/^```ts\n(?:function|const [^=\n]*:|type \w+<?\w*>? = [^{\n]+;$)[^]*?^```$/gm, signatureOf)
    .replaceAll(/(?<![\w.])Input\b/g, "Duration.Input")
    .replace(/^Re-exports \[(\w+)\]\((.*?)(\w+)\.md(#\w+)\)$/m, "The same as [`$3.$1`]($2$3.md$4).")
  return types.size === 0
    ? text
    : text.replace(/^\*Since .*\*$/m, (since) => `${since} Types: ${[...types].join(", ")}.`)
}

/** The categories, under headings as a page has them, what another module exports too last. */
const categoriesOf = (module: string, page: string): string => {
  const [intro, ...categories] = partsOf(page, 2)
  const isAgain = (entry: string) => entry.includes("\nRe-exports ")
  const shown = categories.map((category) => {
    const [heading, ...entries] = partsOf(category, 3)
    // What is both a type and a value TypeDoc lists twice, once without a word.
    const told = entries.filter((entry) => !isAgain(entry) && entry.includes("*Since "))
    const sorted = [...told, ...entries.filter(isAgain)]
    const title = heading!.replace("## http", "## HTTP").replace(/[a-z]/, (letter) => letter.toUpperCase())
    return [title, ...sorted.map((entry) => entryOf(module, entry))].map((part) => part.trim()).join("\n\n")
  })
  return `${[intro!.trim(), ...shown].join("\n\n")}\n`
}

const finished = new Map<string, string>()
for (const file of globSync(join(api, "**", "*.md"))) {
  const path = relative(api, file).replace(/(\/index)?\.md$/, "")
  let page = readFileSync(file, "utf8")
  page = page.replaceAll(/<a id="[\w-]+"><\/a> /g, "")
  page = page.replaceAll(/^#{3,6} Since\n\n(\S+)$/gm, "*Since $1.*")
  page = page.replaceAll(/^#{3,6} Type Parameters\n\n\| Type Parameter \|\n[^]*?\n\n/gm, "")
  if (path !== "index") {
    const { since, text } = introOf(readFileSync(join(docs, "..", "src", `${path}.ts`), "utf8"))
    const [title] = /^# .*\n/.exec(page)!
    const sentence = text.replaceAll(/\s+/g, " ").replaceAll("`", "").replace(/(?<=\.) .*/, "")
    const front = `---\ndescription: ${JSON.stringify(sentence)}\neditLink: false\n---\n\n`
    const intro = `${text}\n\n\`\`\`ts\n${importOf(path)}\n\`\`\`\n\n*Since ${since}.*\n`
    page = `${front}${title}\n${intro}\n${categoriesOf(path, page.slice(title.length)).trimStart()}`
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
