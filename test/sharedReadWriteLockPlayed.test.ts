import { lockCases } from "./contracts/lock.ts"
import { lockOfWriting, sharedReadWriteLockOf } from "./contracts/readWriteForms.ts"
import { readWriteLockCases } from "./contracts/readWriteLock.ts"
import { readWriteReentryCases } from "./contracts/readWriteReentry.ts"
import { everywhere } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { playWakeUps } from "./support/osThreads.ts"

playWakeUps()

const lock = sharedReadWriteLockOf(everywhere)

contract("shared ReadWriteLock, several OS threads", readWriteLockCases(lock, { barges: true }))
contract("shared ReadWriteLock re-entry, several OS threads", readWriteReentryCases(lock))
contract("shared ReadWriteLock for writing, several OS threads", lockCases(lockOfWriting(lock), { barges: true }))
