import { Lock, RLock, Semaphore } from "effect-threading"
import { lockCases } from "./contracts/lock.ts"
import { everywhere, sharedLockOf, sharedSemaphoreOf } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { playWakeUps } from "./support/osThreads.ts"

playWakeUps()

const barging = { barges: true }

contract("shared Lock, several OS threads", lockCases(sharedLockOf(Lock, everywhere), barging))
contract("shared RLock, several OS threads", lockCases(sharedLockOf(RLock, everywhere), barging))
contract(
  "shared Semaphore with one permit, several OS threads",
  lockCases(sharedSemaphoreOf(Semaphore.makeShared(1), everywhere), barging)
)
