/** A module of tasks in the worker that runs them: its exports, the classes that its values may have, how long its tasks take. */
import { commonCodec, makeCodec } from "./carry.ts"
import type { Class, Codec } from "./carry.ts"
import type { ModuleInfo } from "./protocol.ts"
import { labelOf } from "./taskModule.ts"

type Exports = { readonly [name: string]: unknown }

export class LoadedModule {
  readonly info: ModuleInfo
  exports: Exports | undefined
  /** Knows those of the listed classes that the module exports. */
  codec: Codec = commonCodec
  private readonly longest = new Map<string, number>()

  constructor(info: ModuleInfo) {
    this.info = info
  }

  async load(): Promise<Exports> {
    const exports: Exports = await import(/* @vite-ignore */ this.info.url)
    this.exports = exports
    this.codec = makeCodec(Object.values(exports).filter(isClass), this.info.classes)
    return exports
  }

  labelOf(name: string): string {
    return labelOf(this.info.url, name)
  }

  /** Notes how long a task took, in milliseconds. */
  took(name: string, ms: number): void {
    this.longest.set(name, Math.max(ms, 0.9 * this.mayTake(name)))
  }

  /** How long a task may take, going by those before. */
  mayTake(name: string): number {
    return this.longest.get(name) ?? Infinity
  }
}

const isClass = (value: unknown): value is Class => typeof value === "function" && value.prototype !== undefined
