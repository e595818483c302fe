/**
 * How tasks read files. Its default export is what each worker of the pool builds once, and so has for itself: a buffer, through which
 * it reads file after file. It reads synchronously, since an OS thread that counts has nothing else to do meanwhile.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"
import { closeSync, openSync, readSync } from "node:fs"

export class Files extends Context.Service<Files, {
  /** Calls `found` with each piece of a file in turn. The piece is overwritten by the next one. */
  readonly read: (
    path: string,
    found: (piece: Uint8Array) => void
  ) => Effect.Effect<void, PlatformError.PlatformError>
}>()("census/Files") {}

export default Layer.sync(Files, () => {
  const buffer = new Uint8Array(256 * 1024)
  return {
    read: (path, found) => {
      const attempt = <A>(method: string, run: () => A) =>
        Effect.try({ try: run, catch: (error) => platformError(method, path, error as NodeJS.ErrnoException) })
      return Effect.acquireUseRelease(
        attempt("open", () => openSync(path, "r")),
        Effect.fnUntraced(function*(file) {
          const next = attempt("read", () => readSync(file, buffer))
          for (let size = yield* next; size > 0; size = yield* next) {
            found(buffer.subarray(0, size))
            // In a long file messages get a turn now and then: somebody may want this to end.
            if (size === buffer.length) yield* Effect.yieldNow
          }
        }),
        (file) => Effect.sync(() => closeSync(file))
      )
    }
  }
})

const platformError = (method: string, path: string, { code, message }: NodeJS.ErrnoException) =>
  PlatformError.systemError({
    _tag: code === "ENOENT" ? "NotFound" : code === "EACCES" || code === "EPERM" ? "PermissionDenied" : "Unknown",
    module: "Files",
    method,
    pathOrDescriptor: path,
    description: message
  })
