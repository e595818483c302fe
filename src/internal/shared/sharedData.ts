/**
 * A shared primitive as it crosses between OS threads: plain data around its memory. What this OS thread makes of it, its view,
 * is found by an id that lies in the memory, since the data is another object each time that it arrives.
 */
import { load, store } from "../atomics.ts"
import { nextName } from "../names.ts"
import { allocate } from "./memory.ts"
import { osThreads } from "./osThreads.ts"
import type { OsThreads } from "./osThreads.ts"

/** What it is that is shared. A text, since symbols don't cross. */
export const Shared = "~effect-threading/Shared"

export interface SharedData {
  readonly [Shared]: string
  readonly name: string
  readonly memory: Int32Array
  /** The table of OS threads. */
  readonly threads: Int32Array
}

/** The first cell of every memory holds the id. */
export const firstCell = 1

/** A new primitive whose memory has so many cells, all 0 but the id. */
export const share = (kind: string, size: number, name: string | undefined): SharedData => {
  const memory = new Int32Array(allocate(4 * size, `${kind}.makeShared`))
  const threads = osThreads()
  store(memory, 0, threads.nextId())
  return { [Shared]: kind, name: name || nextName(`Shared${kind}`), memory, threads: threads.cells }
}

export interface Views<D, V> {
  of(data: D): V
  /** The same data as another OS thread would have it, so that one can be played here. */
  as(data: D, threads: OsThreads): D
}

/** What is sometimes given in place of data. */
const noneOf = (kind: string, found: unknown): TypeError => {
  const { [Shared]: other, name } = (found ?? {}) as Partial<SharedData>
  const what = other === undefined ? String(found) : `${name}, a shared ${other},`
  return new TypeError(`${what} is no shared ${kind}, which ${kind}.makeShared makes.`)
}

/** The views of one kind of primitive: one for each, as long as anybody uses it. */
export const viewsOf = <D extends SharedData, V extends object>(
  kind: string,
  make: (data: D, threads: OsThreads) => V
): Views<D, V> => {
  const ofData = new WeakMap<D, V>()
  const byId = new WeakMap<OsThreads, Map<number, WeakRef<V>>>()
  const gone = new FinalizationRegistry<() => void>((forget) => forget())

  const find = (data: D, threads = osThreads(data.threads)): V => {
    const known = byId.get(threads) ?? new Map<number, WeakRef<V>>()
    byId.set(threads, known)
    const id = load(data.memory, 0)
    const found = known.get(id)?.deref()
    if (found !== undefined) return found
    const made = make(data, threads)
    const ref = new WeakRef(made)
    known.set(id, ref)
    gone.register(made, () => {
      if (known.get(id) === ref) known.delete(id)
    })
    return made
  }

  return {
    of(data) {
      let view = ofData.get(data)
      if (view === undefined) {
        if ((data as Partial<SharedData> | undefined)?.[Shared] !== kind) throw noneOf(kind, data)
        ofData.set(data, view = find(data))
      }
      return view
    },
    as(data, threads) {
      const its = { ...data }
      ofData.set(its, find(its, threads))
      return its
    }
  }
}
