import { Lock, RLock, Semaphore } from "effect-threading"
import { lockCases } from "./contracts/lock.ts"
import { here, sharedLockOf, sharedSemaphoreOf } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"

contract("shared Lock", lockCases(sharedLockOf(Lock, here)))
contract("shared RLock", lockCases(sharedLockOf(RLock, here)))
contract("shared Semaphore with one permit", lockCases(sharedSemaphoreOf(Semaphore.makeShared(1), here)))
