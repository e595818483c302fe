/**
 * What has been counted: by one thread since it last handed in, or in all.
 */
import { Effect } from "effect"
import type { Counted } from "./count.ts"
import type { Unreadable } from "./unreadable.ts"

/** A counted file. Its identifiers have gone into the tally's. */
export type FileRecord = Omit<Counted, "identifiers">

export interface Tally {
  bytes: number
  readonly files: Array<FileRecord>
  readonly unreadable: Array<Unreadable>
  readonly identifiers: Map<string, number>
}

export const make = (): Tally => ({ bytes: 0, files: [], unreadable: [], identifiers: new Map() })

export const add = (self: Tally, { identifiers, ...file }: Counted): void => {
  self.bytes += file.bytes
  self.files.push(file)
  for (const [name, times] of identifiers) addIdentifier(self, name, times)
}

const addIdentifier = (self: Tally, name: string, times: number): void => {
  self.identifiers.set(name, (self.identifiers.get(name) ?? 0) + times)
}

/**
 * Adds a thread's tally to the totals. It gives other fibers a turn now and then, since a tally can hold very many names:
 * in between the totals are half done, which is why they have a lock.
 */
export const merge = Effect.fnUntraced(function*(totals: Tally, tally: Tally) {
  totals.bytes += tally.bytes
  for (const file of tally.files) totals.files.push(file)
  for (const each of tally.unreadable) totals.unreadable.push(each)
  let merged = 0
  for (const [name, times] of tally.identifiers) {
    addIdentifier(totals, name, times)
    if (++merged % namesPerTurn === 0) yield* Effect.yieldNow
  }
})

const namesPerTurn = 5_000
