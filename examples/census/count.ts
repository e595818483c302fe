/**
 * What one file holds, read piece by piece so that a big file costs no more memory than a small one. Bytes, lines and words are
 * those of `LC_ALL=C wc`: a line is a newline character, and a word is what stands between white space (space, tab, newline,
 * vertical tab, form feed, carriage return) if at least one printable ASCII character is in it.
 */
import { Duration, Effect, FileSystem } from "effect"
import type { PlatformError } from "effect"
import { ThreadLocal } from "effect-threading"
import type { ThreadGroup } from "effect-threading"
import { createHash } from "node:crypto"
import { forEachIdentifier, hasIdentifiers } from "./identifiers.ts"

export interface Counted {
  readonly path: string
  readonly type: string
  readonly bytes: number
  readonly lines: number
  readonly words: number
  readonly sha256: string
  readonly identifiers: ReadonlyMap<string, number>
  readonly milliseconds: number
}

/** Makes the function that counts a file. Each thread that calls it reads through a buffer of its own. */
export const makeCounter = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const pieces = yield* ThreadLocal.make(() => new Uint8Array(256 * 1024))

  const count = Effect.fnUntraced(function*(path: string) {
    const piece = yield* ThreadLocal.get(pieces)
    const file = yield* fs.open(path)
    const type = typeOf(path)
    const sha256 = createHash("sha256")
    const words = new WordCounter()
    let text: SourceText | undefined = hasIdentifiers(type) ? new SourceText() : undefined
    let bytes = 0
    for (let size = yield* file.read(piece); size > 0; size = yield* file.read(piece)) {
      const read = piece.subarray(0, size)
      bytes += size
      sha256.update(read)
      words.add(read)
      text?.add(read)
      if (bytes > longestSource) text = undefined
    }
    return {
      path,
      type,
      bytes,
      lines: words.lines,
      words: words.end(),
      sha256: sha256.digest("hex"),
      identifiers: text === undefined ? new Map<string, number>() : identifiersIn(type, text.end())
    }
  }, Effect.scoped)

  return (path: string): Effect.Effect<Counted, PlatformError.PlatformError, ThreadGroup.ThreadGroup> =>
    Effect.map(
      Effect.timed(count(path)),
      ([duration, counted]) => ({ ...counted, milliseconds: Duration.toMillis(duration) })
    )
})

/** The extension, in lower case and without its dot; `(none)` for a name like `LICENSE` or `.gitignore`. */
export const typeOf = (path: string): string => /[^/]\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "(none)"

const Kind = { nothing: 0, printable: 1, space: 2, newline: 3 } as const

const kinds = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 10
    ? Kind.newline
    : byte === 32 || (byte >= 9 && byte <= 13)
    ? Kind.space
    : byte > 32 && byte < 127
    ? Kind.printable
    : Kind.nothing)

class WordCounter {
  lines = 0
  private words = 0
  private isInWord = 0

  add(piece: Uint8Array): void {
    let { isInWord, lines, words } = this
    for (let i = 0; i < piece.length; i++) {
      const kind = kinds[piece[i]!]!
      if (kind === Kind.printable) {
        isInWord = 1
      } else if (kind !== Kind.nothing) {
        words += isInWord
        isInWord = 0
        if (kind === Kind.newline) lines++
      }
    }
    this.isInWord = isInWord
    this.lines = lines
    this.words = words
  }

  end(): number {
    return this.words + this.isInWord
  }
}

/** Nobody writes source files longer than this by hand, and a longer one is not held in memory for its identifiers. */
const longestSource = 1024 * 1024

class SourceText {
  private readonly decoder = new TextDecoder()
  private text = ""

  add(piece: Uint8Array): void {
    this.text += this.decoder.decode(piece, { stream: true })
  }

  end(): string {
    return this.text + this.decoder.decode()
  }
}

const identifiersIn = (type: string, text: string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  forEachIdentifier(type, text, (name) => counts.set(name, (counts.get(name) ?? 0) + 1))
  return counts
}
