// The rent goes from Alice to Bob while a refund goes from Bob to Alice. Each transfer locks the payer's account, then the
// payee's, and on a bad day both wait for ever.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Logger } from "effect"
import { Deadlock, Lock, Thread, ThreadGroup } from "effect-threading"
import { Explore } from "effect-threading/testing"

// #region lockOrder
interface Account {
  readonly owner: string
  readonly lock: Lock.Lock
  balance: number
}

const open = (owner: string) =>
  Effect.map(Lock.make({ name: owner }), (lock): Account => ({ owner, lock, balance: 100 }))

const transfer = (from: Account, to: Account, amount: number, locked: ReadonlyArray<Account>) =>
  Effect.sync(() => {
    from.balance -= amount
    to.balance += amount
  }).pipe(Lock.withLock(locked[1]!.lock), Lock.withLock(locked[0]!.lock))

const payerFirst = (from: Account, to: Account) => [from, to]
const byName = (from: Account, to: Account) => from.owner < to.owner ? [from, to] : [to, from]

const crossing = (order: typeof payerFirst) =>
  Effect.gen(function*() {
    const [alice, bob] = [yield* open("alice"), yield* open("bob")]
    const rent = yield* Thread.fork(transfer(alice, bob, 50, order(alice, bob)), { name: "rent" })
    const refund = yield* Thread.fork(transfer(bob, alice, 10, order(bob, alice)), { name: "refund" })
    yield* Thread.join(rent)
    yield* Thread.join(refund)
  })

// Each holds what the other waits for. In one order that all keep to, whoever has the first lock finds the second one free, or
// held by somebody who needs nothing more.
const program = Effect.gen(function*() {
  const found = yield* Effect.flip(Explore.check(crossing(payerFirst), { strategy: "exhaustive" }))
  yield* Console.log(`${found.kind}: ${found.cause}\n\n${found.table}\n`)

  const report = yield* Explore.check(crossing(byName), { strategy: "exhaustive" })
  yield* Console.log(`by name: nothing, in all ${report.schedules} schedules with up to 2 preemptions\n`)

  // Run as it is, the wrong program went well; that both orders occur is enough for a warning.
  yield* crossing(payerFirst).pipe(ThreadGroup.supervise, Effect.provide(Deadlock.layerLockOrder))
})
// #endregion lockOrder

const plain = Logger.make(({ logLevel, message }) => console.log(`${logLevel}: ${message}`))

program.pipe(Effect.provide(Logger.layer([plain])), NodeRuntime.runMain)

// Output:
// deadlock: effect-threading/DeadlockError: Deadlock: 2 threads wait for one another.
//   rent waits for bob, for 0 ms
//     which is held by refund
//     and holds alice, for 0 ms
//   refund waits for alice, for 0 ms
//     which is held by rent
//     and holds bob, for 0 ms
//
// step  MainThread     rent            refund
//       ─────────────  ──────────────  ───────────────  ────────
//    1  starts rent
//       starts refund
//       joins rent
//    2                 acquires alice
//                      ⇢ preempted
//    3                                 acquires bob
//                                      waits for alice
//    4                 waits for bob
//                                                       deadlock
//
// by name: nothing, in all 2118 schedules with up to 2 preemptions
//
// Warn: Lock order: alice and bob are taken in both orders, so they can deadlock.
//   rent took alice, then bob
//   refund took bob, then alice
