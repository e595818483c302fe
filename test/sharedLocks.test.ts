import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Lock, RLock, Semaphore } from "effect-threading"
import { lockCases, lockOf } from "./contracts/lock.ts"
import { rlockCases } from "./contracts/rlock.ts"
import { lockOfSemaphore, semaphoreCases } from "./contracts/semaphore.ts"
import { here, sharedLocks, sharedSemaphores } from "./contracts/shared.ts"
import { contract } from "./support/contract.ts"
import { collected } from "./support/garbage.ts"

const locks = sharedLocks(Lock, here)
const rlocks = sharedLocks(RLock, here)
const semaphores = sharedSemaphores(here)

contract("shared Lock", lockCases(lockOf(locks)))
contract("shared RLock", lockCases(lockOf(rlocks)))
contract("shared RLock re-entry", rlockCases(rlocks))
contract("shared Semaphore with one permit", lockCases(lockOfSemaphore(semaphores)))
contract(
  "shared bounded Semaphore with one permit",
  lockCases(lockOfSemaphore(semaphores, semaphores.makeBounded(1)))
)
contract("shared Semaphore with several permits", semaphoreCases(semaphores))

describe("a shared lock", () => {
  it.live("that was acquired is still held, and can be released, when only other data of it are left", () =>
    Effect.gen(function*() {
      const lock = yield* Lock.makeShared()
      const copy = structuredClone(lock)
      yield* Effect.suspend(() => Lock.acquire(structuredClone(lock)))
      for (let i = 0; i < 3; i++) yield* collected(Effect.sync(() => ({})))
      assert.isFalse(yield* Lock.acquireIfAvailable(copy))
      yield* Lock.release(copy)
      assert.isFalse(yield* Lock.isLocked(lock))
    }))
})

describe("a shared semaphore", () => {
  it.live("that nobody waits for any longer is collected, though no permit was ever free", () =>
    collected(Effect.gen(function*() {
      const semaphore = yield* Semaphore.makeShared(0)
      yield* Effect.timeoutOption(Semaphore.acquire(semaphore), 1)
      return semaphore as object
    })))

  it.effect("has no more permits than a cell can count", () =>
    Effect.gen(function*() {
      const semaphore = yield* Semaphore.makeShared(2 ** 31 - 1)
      const tooMany = yield* Effect.flip(Effect.sandbox(Semaphore.release(semaphore)))
      assert.include(String(tooMany), "SemaphoreReleasedTooOftenError")
      const notMade = yield* Effect.flip(Effect.sandbox(Semaphore.makeShared(2 ** 31)))
      assert.include(String(notMade), "at most")
    }))
})
