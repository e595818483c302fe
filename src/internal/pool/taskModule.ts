/** A module whose exports are tasks, by its URL, and what is agreed upon for the values of its tasks. */
import type * as Context from "effect/Context"
import { commonCodec, makeCodec } from "./codec.ts"
import type { Class, Codec } from "./codec.ts"
import { Headers } from "./context.ts"
import type { Mode, ModuleInfo, TaskInfo } from "./protocol.ts"

/** A `URL`, on whatever platform. */
export interface ModuleUrl {
  readonly href: string
}

// What is called something in messages from this OS thread.
let numbered = 0

/** A task in one of the two ways to use it. */
export class RemoteTask {
  readonly id = ++numbered
  readonly module: TaskModule
  readonly info: TaskInfo

  constructor(module: TaskModule, name: string, mode: Mode) {
    this.module = module
    this.info = { id: this.id, module: module.info, name, mode }
  }

  /** What it is called in errors, logs and dumps. */
  get label(): string {
    return labelOf(this.info)
  }
}

export const labelOf = ({ module, name }: TaskInfo): string =>
  `${/([^/\\]*?)(\.[cm]?[jt]sx?)?([?#].*)?$/.exec(module.url)![1]}.${name}`

export class TaskModule {
  readonly info: ModuleInfo
  /** How values of its tasks are encoded and decoded on this side; of no use where they are only passed on. */
  readonly codec: Codec
  readonly headers: Headers
  private readonly exports = new Map<string, { readonly [M in Mode]: RemoteTask }>()

  constructor(info: ModuleInfo, codec: Codec, references: ReadonlyArray<Context.Reference<unknown>>) {
    this.info = info
    this.codec = codec
    this.headers = new Headers(references, codec)
  }

  /** What it exports under a name. Only its type tells which way it is used. */
  export(name: string): { readonly [M in Mode]: RemoteTask } {
    const known = this.exports.get(name)
      ?? { effect: new RemoteTask(this, name, "effect"), stream: new RemoteTask(this, name, "stream") }
    this.exports.set(name, known)
    return known
  }
}

export const taskModule = (
  url: ModuleUrl,
  classes: ReadonlyArray<Class>,
  references: ReadonlyArray<Context.Reference<unknown>>
): TaskModule => {
  const codec = makeCodec(classes)
  return new TaskModule(
    { id: ++numbered, url: url.href, classes: codec.names, references: references.map(({ key }) => key) },
    codec,
    references
  )
}

const relayed = new Map<string, TaskModule>()

/** A task that a worker's tasks call: the same for all workers. */
export const relayedTask = ({ mode, module, name }: TaskInfo): RemoteTask => {
  const key = JSON.stringify([module.url, module.classes, module.references])
  const known = relayed.get(key) ?? new TaskModule({ ...module, id: ++numbered }, commonCodec, [])
  relayed.set(key, known)
  return known.export(name)[mode]
}
