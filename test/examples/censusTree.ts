/**
 * A folder full of awkward files, and what find, wc and sha256sum say about a folder.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Makes a folder with these files, for as long as the test runs. */
export const makeFolder = (files: Readonly<Record<string, string | Uint8Array>>) => {
  const folder = mkdtempSync(join(tmpdir(), "census-"))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

const everyByte = Uint8Array.from({ length: 4_096 }, (_, index) => (index * 167 + (index >> 8)) % 256)

export const makeAwkwardFolder = () => {
  const made = makeFolder({
    "empty": "",
    "empty.ts": "",
    "one line.txt": "no newline at its end",
    "new\nline\tand tab.md": "# Title\n\nSome text\n",
    "crlf.txt": "one\r\ntwo\r\n\r\nthree",
    "blanks.txt": " \t\v\f\r\n a\vb\fc\td\re \n\n",
    "blank only": " \n \n",
    "latin1.txt": Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x20, 0xe9, 0x0a),
    "utf8.txt": "naïve – “日本語” a\u00a0b a\u2003b\n",
    "binary.bin": everyByte,
    "nul.bin": Uint8Array.of(0, 0, 0x61, 0, 0x20, 0, 0x20, 0x62),
    ".hidden/.dot file": "hidden\n",
    "-n": "a name like an option\n",
    "quotes '\" $(x) \\.js": "const a = 1\n",
    "deep/er/and/deeper/file.tar.gz": everyByte,
    "deep/copy.txt": "no newline at its end",
    "deep/UPPER.TXT": "upper\n",
    // Words and lines that lie across the ends of the pieces it is read in.
    "big.txt": `x${"word and word\n".repeat(60_000)}end`,
    "long word.txt": "w".repeat(600_000)
  })
  symlinkSync("one line.txt", join(made.folder, "link to file.txt"))
  symlinkSync("deep", join(made.folder, "link to folder"))
  symlinkSync("nowhere", join(made.folder, "broken link"))
  shell("mkfifo \"$1\"", join(made.folder, "pipe"))
  return made
}

const shell = (script: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("sh", ["-c", script, "sh", ...args], { encoding: "utf8", maxBuffer: 1 << 28 })

export const findFiles = (folder: string): ReadonlyArray<string> =>
  shell("find \"$1\" -type f -print0", folder).split("\0").slice(0, -1).toSorted()

interface Line {
  readonly path: string
  readonly lines: number
  readonly words: number
  readonly bytes: number
}

/**
 * What `LC_ALL=C wc` says of each file. Bytes that are no printable ASCII are left out for the words: some versions
 * of wc overlook them, others take them for letters.
 */
export const wc = (paths: ReadonlyArray<string>): ReadonlyArray<Line> => {
  const numbers = shell(
    `export LC_ALL=C; for path; do
       echo $(wc -l <"$path") $(${printable} <"$path" | wc -w) $(wc -c <"$path")
     done`,
    ...paths
  )
  return numbers.trimEnd().split("\n").map((line, index) => {
    const [lines, words, bytes] = line.trim().split(/\s+/).map(Number)
    return { path: paths[index]!, lines: lines!, words: words!, bytes: bytes! }
  })
}

const printable = "tr -d '\\000-\\010\\016-\\037\\177-\\377'"

/** Digest to paths, of contents that occur more than once. */
export const sha256sumDuplicates = (paths: ReadonlyArray<string>): Readonly<Record<string, ReadonlyArray<string>>> => {
  const digests = shell("for path; do sha256sum <\"$path\"; done", ...paths).trimEnd().split("\n")
  const groups = Map.groupBy(paths, (_, index) => digests[index]!.slice(0, 64))
  return Object.fromEntries([...groups].filter(([, copies]) => copies.length > 1))
}

/** What find and wc say of a folder as a whole. */
export const totals = (folder: string) => {
  // grep ends each file with a newline, so that the last word of one is not joined with the first of the next.
  const [bytes, lines, words] = shell(
    `export LC_ALL=C; cd "$1"; find . -type f -exec cat {} + | wc -c; find . -type f -exec cat {} + | wc -l
     find . -type f -exec grep -ah '' {} + | ${printable} | wc -w`,
    folder
  ).trim().split(/\s+/).map(Number)
  return { files: findFiles(folder).length, bytes, lines, words }
}
