import { Lock, RLock } from "effect-threading"
import { conditionCases } from "./contracts/condition.ts"
import { conditionHoldCases, heldLock, heldRLock } from "./contracts/conditionHolds.ts"
import { here, sharedConditions, sharedLocks } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"

const conditions = sharedConditions(here)
const [locks, rlocks] = [sharedLocks(Lock, here), sharedLocks(RLock, here)]

contract("shared Condition on a lock", conditionCases(conditions, heldLock(conditions, locks)))
contract(
  "shared Condition on a re-entrant lock held twice",
  conditionCases(conditions, heldRLock(conditions, rlocks, 2))
)
contract("shared Condition's holds", conditionHoldCases(conditions, rlocks))
