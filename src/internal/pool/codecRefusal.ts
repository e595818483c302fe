/** What to say of a value that can't cross. */
import * as Effect from "effect/Effect"
import { FutureState } from "../futureState.ts"
import { Region } from "../region.ts"
import { ThreadRecord } from "../threadRecord.ts"

export interface Refusal {
  readonly found: string
  readonly advice?: string
}

export const refusalOf = (value: unknown): Refusal => {
  if (typeof value === "function") return { found: "a function" }
  if (typeof value === "symbol") return { found: "a symbol" }
  const tag = tags.exec(Object.prototype.toString.call(value))
  if (tag !== null) return { found: withArticle(tag[1]!) }
  const type = typeOf(value as object)
  if (type !== undefined) {
    return {
      found: withArticle(type),
      // What is known does not come here.
      advice: crossing.test(type)
        ? "of another copy of Effect than the worker's: in a bundle, see docs/bundlers.md"
        : "it lives in the OS thread that made it" +
          (shareable.test(type) ? `; what ${type}.makeShared makes crosses` : "")
    }
  }
  return {
    found: `an instance of ${classOf(value as object)}`,
    advice: "list its class in Task.module's `classes`"
  }
}

const withArticle = (name: string): string => (/^([AEIO]|RLock)/.test(name) ? "an " : "a ") + name

/** What JavaScript has that never crosses. */
const tags = /^\[object (Promise|Weak\w+|FinalizationRegistry|(?:Async)?Generator(?:Function)?|Symbol|.* Iterator)\]$/

/** What crosses of Effect's types. */
const crossing =
  /^(BigDecimal|Cause|Chunk|Cron|DateTime|Duration|Exit|(Mutable)?Hash(Map|Set)|MutableRef|Option|Redacted|Result|SemVer|Trie)$/

/** The name of what is this library's or Effect's: most of it is marked with a key. */
const typeOf = (value: object): string | undefined => {
  if (value instanceof ThreadRecord || value instanceof FutureState || value instanceof Region) return value.kind
  for (let next: object | null = value; next !== null; next = Object.getPrototypeOf(next) as object | null) {
    for (const key of Object.getOwnPropertyNames(next)) {
      const name = /^~effect(?:-threading)?\/(?!Schema\/Class\/|Equal$|Hash$)(?:[a-z]\w*\/)*([A-Z]\w*)/.exec(key)
      if (name !== null) return name[1]
    }
  }
  return Effect.isEffect(value) ? "Effect" : undefined
}

/** What there is in shared memory as well. */
const shareable = /^(Lock|RLock|Semaphore|Event|Condition|Barrier|ReadWriteLock)$/

const classOf = (value: object): string => {
  const { constructor } = value as { readonly constructor?: unknown }
  const isNamed = typeof constructor === "function" && constructor !== Object && constructor.name !== ""
  return isNamed ? constructor.name : "a class without a name"
}
