/**
 * The identifiers of a source file: its names, without keywords and without what stands in comments, strings, templates' text
 * and regular expressions. A language is a row of `languages`; files of other types have no identifiers.
 */

interface Language {
  /** What is skipped as a whole, a brace or a back quote, or an identifier, caught in group 1. */
  readonly token: RegExp
  readonly keywords: ReadonlySet<string>
}

const ecmascript: Language = {
  token: new RegExp(
    [
      /\/\/.*|\/\*(?:[^]*?\*\/|[^]*)/u, // comments, the last of which may lack its end
      /"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/u, // strings
      /(?<=(?:[(,=:[!&|?{};>]|return)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/u, // regular expressions
      /\d[\w.]*/u, // numbers, whose letters are no names
      /[`{}]/u,
      /([\p{ID_Start}$_][\p{ID_Continue}$]*)/u
    ].map((part) => part.source).join("|"),
    "gu"
  ),
  keywords: new Set(
    ("abstract accessor any as asserts async await bigint boolean break case catch class const constructor "
      + "continue debugger declare default delete do else enum export extends false finally for from function "
      + "get if implements import in infer instanceof interface is keyof let namespace never new null number "
      + "object of out override private protected public readonly return satisfies set static string super "
      + "switch symbol this throw true try type typeof undefined unique unknown using var void while with "
      + "yield").split(" ")
  )
}

const languages: ReadonlyMap<string, Language> = new Map(
  ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs", "jsx"].map((type) => [type, ecmascript])
)

export const hasIdentifiers = (type: string): boolean => languages.has(type)

/** Calls `found` with each identifier, as often as it occurs. */
export const forEachIdentifier = (type: string, text: string, found: (name: string) => void): void => {
  const language = languages.get(type)
  if (language === undefined) return
  const { keywords, token } = language
  const open: Array<"{" | "${"> = []
  token.lastIndex = 0
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [lexeme, name] = match
    if (name !== undefined) {
      if (!keywords.has(name)) found(name)
    } else if (lexeme === "{") {
      open.push("{")
    } else if (lexeme === "`" || (lexeme === "}" && open.pop() === "${")) {
      templateText.lastIndex = token.lastIndex
      if (templateText.exec(text)?.[0].endsWith("${")) open.push("${")
      token.lastIndex = templateText.lastIndex
    }
  }
}

/** The text of a template, up to its end or to an expression in it, which is code again. */
const templateText = /(?:\\[^]?|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/uy
