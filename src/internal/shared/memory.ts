/** Memory that OS threads share, where there is such. */
import * as Schema from "effect/Schema"
import { knowErrors } from "../knownErrors.ts"

/**
 * The defect of wanting shared memory where there is none: browsers give it to pages that are cross-origin isolated, and to no
 * others.
 *
 * @since 0.4.0
 * @category errors
 */
export class SharedMemoryUnavailableError
  extends Schema.TaggedError<SharedMemoryUnavailableError>("effect-threading/SharedMemoryUnavailableError")(
    "SharedMemoryUnavailableError",
    { wanted: Schema.String }
  )
{
  override get message(): string {
    return `${this.wanted} needs shared memory, which browsers give only to pages that are cross-origin isolated: serve them with the `
      + "headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp."
  }
}

knowErrors(SharedMemoryUnavailableError)

/** Whether there is any. */
export const isThere: boolean = typeof SharedArrayBuffer !== "undefined"

/** So many bytes, all 0, for something of this name. */
export const allocate = (bytes: number, wanted: string): SharedArrayBuffer => {
  if (!isThere) throw new SharedMemoryUnavailableError({ wanted })
  return new SharedArrayBuffer(bytes)
}

export const isShared = (memory: unknown): boolean => isThere && memory instanceof SharedArrayBuffer
