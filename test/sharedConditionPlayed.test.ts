import { assert, describe, it } from "@effect/vitest"
import { Lock, RLock } from "effect-threading"
import { conditionCases } from "./contracts/condition.ts"
import { conditionHoldCases, heldLock, heldRLock } from "./contracts/conditionHolds.ts"
import { everywhere, sharedConditions, sharedLocks } from "./contracts/shared.ts"
import { onLock, onRLock, produceAndConsume } from "./interruption/boundedBuffer.ts"
import { contract } from "./support/contract.ts"
import { explore } from "./support/explore.ts"
import { playWakeUps } from "./support/osThreads.ts"

playWakeUps()

const conditions = sharedConditions(everywhere)
const [locks, rlocks] = [sharedLocks(Lock, everywhere), sharedLocks(RLock, everywhere)]
const barging = { barges: true }

contract(
  "shared Condition on a lock, several OS threads",
  conditionCases(conditions, heldLock(conditions, locks), barging)
)
contract(
  "shared Condition on a re-entrant lock held twice, several OS threads",
  // Under every schedule it takes long, and is much the same as on a lock.
  conditionCases(conditions, heldRLock(conditions, rlocks, 2), barging).map(({ body, schedules, title }) => ({
    body,
    schedules,
    title
  }))
)
contract("shared Condition's holds, several OS threads", conditionHoldCases(conditions, rlocks))

describe("producers and consumers on several OS threads with interruptions lose no item and no notification", () => {
  for (
    const [name, make] of [
      ["on a lock", onLock(conditions, locks)],
      ["on a re-entrant lock held twice", onRLock(conditions, rlocks, 2)]
    ] as const
  ) {
    it(name, { timeout: 120_000 }, async () => {
      const { interrupts } = await explore({ seeds: 400, interrupts: 0.01, program: produceAndConsume(make) })
      assert.isAbove(interrupts, 100)
    })
  }
})
