// Two transfers from one account. Each looks whether there is enough, then withdraws; both find enough, and the account is
// overdrawn. Nothing but plain Effect here: `Ref`, `Semaphore`, `Effect.forkChild`.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Fiber, Ref, Semaphore } from "effect"
import { Explore } from "effect-threading/testing"

// #region checkThenAct
interface Bank {
  readonly alice: Ref.Ref<number>
  readonly bob: Ref.Ref<number>
  readonly permit: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

const balance = ({ alice }: Bank) => Effect.tap(Ref.get(alice), (left) => Effect.log(`${left} there`))

const move = ({ alice, bob }: Bank, amount: number) =>
  Effect.gen(function*() {
    yield* Ref.update(alice, (left) => left - amount)
    yield* Ref.update(bob, (left) => left + amount)
    yield* Effect.log(`moved ${amount}`)
  })

const eachUnderAPermit = (bank: Bank, amount: number) =>
  Effect.gen(function*() {
    if ((yield* bank.permit(balance(bank))) < amount) return yield* Effect.log("refused")
    yield* bank.permit(move(bank, amount))
  })

const bothUnderOne = (bank: Bank, amount: number) =>
  Effect.gen(function*() {
    if ((yield* balance(bank)) < amount) return yield* Effect.log("refused")
    yield* move(bank, amount)
  }).pipe(bank.permit)

const twoTransfers = (transfer: typeof bothUnderOne) =>
  Effect.gen(function*() {
    const semaphore = yield* Semaphore.make(1)
    const bank: Bank = { alice: yield* Ref.make(100), bob: yield* Ref.make(0), permit: semaphore.withPermits(1) }
    const rent = yield* Effect.forkChild(transfer(bank, 80))
    const gift = yield* Effect.forkChild(transfer(bank, 70))
    yield* Fiber.join(rent)
    yield* Fiber.join(gift)
    const left = yield* Ref.get(bank.alice)
    if (left < 0) return yield* Effect.fail(`Alice is at ${left}`)
  })

// Each step is safe for itself, but between the two the balance changes: what was checked is not what is acted upon. What must
// hold together goes under one permit.
const program = Effect.gen(function*() {
  const found = yield* Effect.flip(Explore.check(twoTransfers(eachUnderAPermit), { strategy: "exhaustive" }))
  yield* Console.log(`${found.kind}: ${found.cause}\n\n${found.table}\n`)

  const report = yield* Explore.check(twoTransfers(bothUnderOne), { strategy: "exhaustive" })
  yield* Console.log(`under one permit: nothing, in all ${report.schedules} schedules with up to 2 preemptions`)
})
// #endregion checkThenAct

NodeRuntime.runMain(program)

// Output:
// failure: Alice is at -50
//
// step  MainThread              MainThread/2  MainThread/3
//       ──────────────────────  ────────────  ────────────
//    1  waits
//    2                          “100 there”
//                               ⇢ preempted
//    3                                        “100 there”
//                                             “moved 70”
//                                             ends
//    4                          “moved 80”
//                               ends
//       fails: Alice is at -50
//
// under one permit: nothing, in all 2779 schedules with up to 2 preemptions
