// A worker waits for a job. It looks first whether there is one, and if not, it goes to sleep; when the job comes in between,
// the worker sleeps through the signal.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Condition, Lock, Thread } from "effect-threading"
import { Explore } from "effect-threading/testing"

// #region missedSignal
interface Inbox {
  readonly jobs: Array<string>
  readonly lock: Lock.Lock
  readonly notEmpty: Condition.Condition
}

const send = ({ jobs, lock, notEmpty }: Inbox, job: string) =>
  Effect.gen(function*() {
    yield* Effect.sync(() => jobs.push(job))
    yield* Condition.notify(notEmpty)
    yield* Effect.log(`${job} sent`)
  }).pipe(Lock.withLock(lock))

const checkedOutside = ({ jobs, lock, notEmpty }: Inbox) =>
  Effect.gen(function*() {
    if (jobs.length === 0) {
      yield* Effect.log("nothing to do")
      yield* Lock.withLock(lock, Condition.wait(notEmpty))
    }
    yield* Effect.log(`does ${jobs.shift()}`)
  })

const checkedUnderTheLock = ({ jobs, lock, notEmpty }: Inbox) =>
  Effect.gen(function*() {
    yield* Condition.waitFor(notEmpty, () => jobs.length > 0)
    yield* Effect.log(`does ${jobs.shift()}`)
  }).pipe(Lock.withLock(lock))

const oneJob = (receive: (inbox: Inbox) => Effect.Effect<void>) =>
  Effect.gen(function*() {
    const lock = yield* Lock.make({ name: "inbox" })
    const notEmpty = yield* Condition.make(lock, { name: "not empty" })
    const inbox = { jobs: [], lock, notEmpty }
    const worker = yield* Thread.fork(receive(inbox), { name: "worker" })
    yield* send(inbox, "mail")
    yield* Thread.join(worker)
  })

// A condition remembers nothing: who is not asleep yet does not hear it. So the check and the falling asleep must be one step
// for whoever notifies. They are under the lock, which `wait` gives back only when its caller is in the queue.
const program = Effect.gen(function*() {
  const found = yield* Effect.flip(Explore.check(oneJob(checkedOutside), { strategy: "exhaustive" }))
  yield* Console.log(`${found.kind}: ${found.summary}\n\n${found.table}\n`)

  const report = yield* Explore.check(oneJob(checkedUnderTheLock), { strategy: "exhaustive" })
  yield* Console.log(`under the lock: nothing, in all ${report.schedules} schedules with up to 2 preemptions`)
})
// #endregion missedSignal

NodeRuntime.runMain(program)

// Output:
// deadlock: nothing can go on, and the program has not ended:
//   MainThread waits for Thread worker
//   worker waits for Condition not empty
//
// step  MainThread      worker
//       ──────────────  ───────────────────  ────────
//    1  starts worker
//       acquires inbox
//       ⇢ preempted
//    2                  “nothing to do”
//                       waits for inbox
//    3  “mail sent”
//       releases inbox
//                       is given inbox
//       joins worker
//    4                  sleeps on not empty
//                       releases inbox
//    5                                       deadlock
//
// under the lock: nothing, in all 443 schedules with up to 2 preemptions
