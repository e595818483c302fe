/** A module whose exports are tasks, by its URL, and what is agreed upon for the values of its tasks. */
import type * as Context from "effect/Context"
import { commonCodec, makeCodec } from "./carry.ts"
import type { Class, Codec } from "./carry.ts"
import { Headers } from "./context.ts"
import type { ModuleInfo } from "./protocol.ts"

/** A `URL`, on whatever platform. */
export interface ModuleUrl {
  readonly href: string
}

let modules = 0

/** What a task is called in errors, logs and dumps. */
export const labelOf = (url: string, name: string): string =>
  `${/([^/\\]*?)(\.[cm]?[jt]sx?)?([?#].*)?$/.exec(url)![1]}.${name}`

export class TaskModule {
  /** What it is called in messages from this OS thread. */
  readonly id = ++modules
  readonly info: ModuleInfo
  /** How values of its tasks are encoded and decoded on this side; of no use where they are only passed on. */
  readonly codec: Codec
  readonly headers: Headers

  constructor(info: ModuleInfo, codec: Codec, references: ReadonlyArray<Context.Reference<unknown>>) {
    this.info = info
    this.codec = codec
    this.headers = new Headers(references, codec)
  }

  labelOf(name: string): string {
    return labelOf(this.info.url, name)
  }
}

export const taskModule = (
  url: ModuleUrl,
  classes: ReadonlyArray<Class>,
  references: ReadonlyArray<Context.Reference<unknown>>
): TaskModule => {
  const codec = makeCodec(classes)
  return new TaskModule(
    { url: url.href, classes: codec.names, references: references.map(({ key }) => key) },
    codec,
    references
  )
}

const relayed = new Map<string, TaskModule>()

/** A module that a worker's tasks call: the same for all workers. */
export const relayedModule = (info: ModuleInfo): TaskModule => {
  const key = JSON.stringify(info)
  const known = relayed.get(key) ?? new TaskModule(info, commonCodec, [])
  relayed.set(key, known)
  return known
}
