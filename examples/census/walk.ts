/**
 * Finds the files below a folder, as `find FOLDER -type f` does: everything that is a file and not a symbolic link, hidden
 * ones too. Symbolic links are not followed, except that the folder itself may be one.
 */
import { Effect, FileSystem } from "effect"
import type { PlatformError } from "effect"

export interface Visitor<R> {
  readonly file: (path: string) => Effect.Effect<void, never, R>
  readonly unreadable: (path: string, error: PlatformError.PlatformError) => Effect.Effect<void, never, R>
}

export const walk = Effect.fnUntraced(function*<R>(folder: string, visitor: Visitor<R>) {
  const fs = yield* FileSystem.FileSystem
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const current = next
    const entries = yield* fs.readDirectoryEntries(current).pipe(
      Effect.catch((error) => Effect.as(visitor.unreadable(current, error), []))
    )
    const inner: Array<string> = []
    for (const { name, type } of entries.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
      const path = current.endsWith("/") ? current + name : `${current}/${name}`
      if (type === "File") yield* visitor.file(path)
      else if (type === "Directory") inner.push(path)
    }
    folders.push(...inner.toReversed())
  }
})
