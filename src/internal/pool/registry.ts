/**
 * The worker pools that this OS thread has open, for those who look into the program: the dump, and the alarm when a worker
 * stands still.
 */
import type * as Effect from "effect/Effect"
import type { DumpedPool } from "../dumpModel.ts"

/** A pool, as it is looked at. */
export interface PoolView {
  readonly name: string
  snapshot(): DumpedPool
  /** Where the worker of this name is now, if it runs JavaScript and its engine can tell. Takes a moment, not more. */
  stackOf(worker: string): Effect.Effect<string | undefined>
}

export const openPools = new Set<PoolView>()
