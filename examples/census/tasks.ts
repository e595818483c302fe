/**
 * The tasks: what runs on other OS threads, and is imported there. Paths go in and counts come out, one file after the other;
 * what is in the files never leaves the OS thread that reads it.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { count } from "./count.ts"
import type { Counted } from "./count.ts"
import type { Files } from "./files.ts"
import { unreadable } from "./unreadable.ts"
import type { Unreadable } from "./unreadable.ts"

export const countFiles = (paths: ReadonlyArray<string>): Stream.Stream<Counted | Unreadable, never, Files> =>
  Stream.mapEffect(Stream.fromIterable(paths), (path) =>
    Effect.logDebug(`counting ${path}`).pipe(
      Effect.andThen(count(path)),
      Effect.catch((error) => Effect.succeed(unreadable("file", path, error)))
    ))
