/** What all threads do now. */
import { enumerate } from "./region.ts"

export const takeDump = (): { toString(): string; toJSON(): unknown } => {
  const threads = enumerate().map((thread) => thread.toString())
  return { toString: () => threads.join("\n"), toJSON: () => ({ threads }) }
}
