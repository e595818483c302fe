/** The entries of an API page, shorter than TypeDoc writes them. */

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
export const categoriesOf = (module: string, page: string): string => {
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
