import { lockCases } from "./contracts/lock.ts"
import { lockOfWriting, readWriteLockCases, sharedReadWriteLockOf } from "./contracts/readWriteLock.ts"
import { here } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"

contract("shared ReadWriteLock", readWriteLockCases(sharedReadWriteLockOf(here)))
contract("shared ReadWriteLock for writing", lockCases(lockOfWriting(sharedReadWriteLockOf(here))))
