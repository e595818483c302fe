import { Lock, RLock } from "effect-threading"
import { lockCases, lockOf } from "./contracts/lock.ts"
import { rlockCases } from "./contracts/rlock.ts"
import { lockOfSemaphore, semaphoreCases } from "./contracts/semaphore.ts"
import { everywhere, sharedLocks, sharedSemaphores } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { playWakeUps } from "./support/osThreads.ts"

playWakeUps()

const barging = { barges: true }

const rlocks = sharedLocks(RLock, everywhere)
const semaphores = sharedSemaphores(everywhere)

contract("shared Lock, several OS threads", lockCases(lockOf(sharedLocks(Lock, everywhere)), barging))
contract("shared RLock, several OS threads", lockCases(lockOf(rlocks), barging))
contract("shared RLock re-entry, several OS threads", rlockCases(rlocks))
contract("shared Semaphore with one permit, several OS threads", lockCases(lockOfSemaphore(semaphores), barging))
contract("shared Semaphore with several permits, several OS threads", semaphoreCases(semaphores, barging))
