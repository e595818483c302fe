/** A module of tasks in the worker that runs them: its exports, the classes that its values may have, how long its tasks take. */
import { commonCodec, makeCodec } from "./codec.ts"
import type { Class, Codec } from "./codec.ts"
import { importModule } from "./importModule.ts"
import type { Exports } from "./importModule.ts"
import type { Mode, ModuleInfo, TaskInfo } from "./protocol.ts"
import { labelOf } from "./taskModule.ts"

export class LoadedModule {
  readonly info: ModuleInfo
  exports: Exports | undefined
  /** Knows those of the listed classes that the module exports. */
  codec: Codec = commonCodec

  constructor(info: ModuleInfo) {
    this.info = info
  }

  async load(): Promise<void> {
    const exports = await importModule(this.info.url)
    this.codec = makeCodec(Object.values(exports).filter(isClass), this.info.classes)
    this.exports = exports
  }
}

const isClass = (value: unknown): value is Class => typeof value === "function" && value.prototype !== undefined

export class LoadedTask {
  readonly module: LoadedModule
  readonly name: string
  readonly mode: Mode
  readonly label: string
  /** How long it may take, in milliseconds, going by its runs so far. */
  mayTake = Infinity
  private found: unknown

  constructor(module: LoadedModule, info: TaskInfo) {
    this.module = module
    this.name = info.name
    this.mode = info.mode
    this.label = labelOf(info)
  }

  /** What the module exports under its name: to look at a module takes long, so it is done once. */
  get target(): unknown {
    return this.found ??= this.find()
  }

  private find(): unknown {
    const { exports } = this.module
    return exports !== undefined && Object.hasOwn(exports, this.name) ? exports[this.name] : undefined
  }

  took(ms: number): void {
    this.mayTake = this.mayTake === Infinity ? ms : Math.max(ms, 0.9 * this.mayTake)
  }
}
