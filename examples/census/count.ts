/**
 * What one file holds, read piece by piece so that a big file costs no more memory than a small one. Bytes, lines and words are
 * those of `LC_ALL=C wc`: a line is a newline character, and a word is what stands between white space (space, tab, newline,
 * vertical tab, form feed, carriage return) if at least one printable ASCII character is in it.
 */
// By module: each OS thread loads this for itself, and the package as a whole takes longer to load than many a folder to count.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as PlatformError from "effect/PlatformError"
import { createHash } from "node:crypto"
import { constants, zstdCompressSync } from "node:zlib"
import { Files } from "./files.ts"
import { forEachIdentifier, hasIdentifiers } from "./identifiers.ts"

export interface Counted {
  readonly path: string
  readonly type: string
  readonly bytes: number
  readonly lines: number
  readonly words: number
  readonly packed: number
  readonly sha256: string
  readonly identifiers: ReadonlyMap<string, number>
  readonly milliseconds: number
}

export const count = (path: string): Effect.Effect<Counted, PlatformError.PlatformError, Files> =>
  Effect.map(
    Effect.timed(Effect.flatMap(Files, ({ read }) => countWith(read, path))),
    ([duration, counted]) => ({ ...counted, milliseconds: Duration.toMillis(duration) })
  )

const countWith = Effect.fnUntraced(function*(read: Files["Service"]["read"], path: string) {
  const type = typeOf(path)
  const sha256 = createHash("sha256")
  const words = new WordCounter()
  let text: SourceText | undefined = hasIdentifiers(type) ? new SourceText() : undefined
  let bytes = 0
  let packed = 0
  yield* read(path, (piece) => {
    bytes += piece.length
    packed += packedSize(piece)
    sha256.update(piece)
    words.add(piece)
    text?.add(piece)
    if (bytes > longestSource) text = undefined
  })
  return {
    path,
    type,
    bytes,
    lines: words.lines,
    words: words.end(),
    packed,
    sha256: sha256.digest("hex"),
    identifiers: text === undefined ? new Map<string, number>() : identifiersIn(type, text.end())
  }
})

/** What is left of a piece when it is compressed as archives are: well, whatever time it takes. */
const packedSize = (piece: Uint8Array): number => zstdCompressSync(piece, archiving).length

const archiving = { params: { [constants.ZSTD_c_compressionLevel]: 12 } }

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
