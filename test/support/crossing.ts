/** Values on their way to another OS thread, or another process, and back into a value. */
import { deserialize, serialize } from "node:v8"
import type { Codec } from "../../src/internal/pool/codec.ts"
import { makeCodec } from "../../src/internal/pool/codec.ts"

/** As messages to OS threads and to processes are copied. */
export const ways: ReadonlyArray<readonly [name: string, copy: (carried: unknown) => unknown]> = [
  ["to an OS thread", (carried) => structuredClone(carried)],
  // Passed on by the program in between, as it came.
  ["by way of another OS thread", (carried) => structuredClone(structuredClone(carried))],
  ["to a process", (carried) => deserialize(serialize(carried))]
]

/** What arrives. */
export const cross = (
  value: unknown,
  options?: { readonly codec?: Codec; readonly origin?: string; readonly copy?: (carried: unknown) => unknown }
): unknown => {
  const { codec = makeCodec([]), copy = structuredClone, origin } = options ?? {}
  return codec.decode(copy(codec.encode(value, "value")), origin)
}
