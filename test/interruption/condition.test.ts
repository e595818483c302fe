import { assert, describe, it, vi } from "@effect/vitest"
import { Condition, Lock, RLock } from "effect-threading"
import { explore } from "../support/explore.ts"
import { onLock, onRLock, produceAndConsume } from "./boundedBuffer.ts"

vi.setConfig({ testTimeout: 60_000 })

describe("producers and consumers with interruptions lose no item and no notification", () => {
  for (
    const [name, make] of [
      ["on a lock", onLock(Condition, Lock)],
      ["on a re-entrant lock held once", onRLock(Condition, RLock, 1)],
      ["on a re-entrant lock held twice", onRLock(Condition, RLock, 2)],
      ["on a re-entrant lock held three times", onRLock(Condition, RLock, 3)]
    ] as const
  ) {
    it(name, async () => {
      const { interrupts } = await explore({ seeds: 1500, interrupts: 0.01, program: produceAndConsume(make) })
      assert.isAbove(interrupts, 500)
    })
  }
})
