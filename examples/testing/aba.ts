// A lock-free list of free buffers, as OS threads share one by Atomics. One thread looks at the head and is preempted; others
// take buffers and give the first one back. The head is what it was, so the compare-and-set succeeds, but what follows is not.
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Thread } from "effect-threading"
import { Explore } from "effect-threading/testing"

// #region aba
// The lower 16 bits of the head are the number of the first free buffer; `next` has for each the number of the one after it.
const first = (head: number) => head & 0xffff

const makeFreeList = (replaced: (head: number, first: number) => number) => {
  const head = new Int32Array(1)
  const next = Int32Array.of(1, 2, 3, 4)

  const load = Effect.sync(() => Atomics.load(head, 0))
  const compareAndSet = (seen: number, first: number) =>
    Effect.sync(() => Atomics.compareExchange(head, 0, seen, replaced(seen, first)) === seen)

  const take = Effect.gen(function*() {
    for (;;) {
      const seen = yield* load
      const buffer = first(seen)
      const after = Atomics.load(next, buffer)
      yield* Effect.log(`sees ${buffer}, then ${after}`)
      if (!(yield* compareAndSet(seen, after))) continue
      yield* Effect.log(`takes ${buffer}`)
      return buffer
    }
  })

  const giveBack = (buffer: number) =>
    Effect.gen(function*() {
      for (;;) {
        const seen = yield* load
        Atomics.store(next, buffer, first(seen))
        if (!(yield* compareAndSet(seen, buffer))) continue
        return yield* Effect.log(`gives ${buffer} back`)
      }
    })

  return { take, giveBack }
}

const plain = () => makeFreeList((_, first) => first)
const stamped = () => makeFreeList((head, first) => ((head >>> 16) + 1) << 16 | first)

const twoThreads = (make: typeof plain) =>
  Effect.gen(function*() {
    const buffers = make()
    const ann = yield* Effect.all([buffers.take, buffers.take]).pipe(Thread.fork({ name: "Ann" }))
    const bob = yield* Effect.gen(function*() {
      const used = yield* buffers.take
      const kept = yield* buffers.take
      yield* buffers.giveBack(used)
      return kept
    }).pipe(Thread.fork({ name: "Bob" }))
    const hers = yield* Thread.join(ann)
    const his = yield* Thread.join(bob)
    if (hers.includes(his)) return yield* Effect.fail(`buffer ${his} belongs to both`)
  })

// That the head is the same again doesn't mean that nothing has happened, and what comes after it was read long ago. With a
// stamp in the upper bits, which each change counts up, a head that was away and came back is another number: try again.
const program = Effect.gen(function*() {
  const found = yield* Effect.flip(Explore.check(twoThreads(plain), { strategy: "exhaustive" }))
  yield* Console.log(`${found.kind}: ${found.cause}\n\n${found.table}\n`)

  const report = yield* Explore.check(twoThreads(stamped), { strategy: "exhaustive" })
  yield* Console.log(`with a stamp: nothing, in all ${report.schedules} schedules with up to 2 preemptions`)
})
// #endregion aba

NodeRuntime.runMain(program)

// Output:
// failure: buffer 1 belongs to both
//
// step  MainThread                       Ann               Bob
//       ───────────────────────────────  ────────────────  ────────────────
//    1  starts Ann
//       starts Bob
//       joins Ann
//    2                                   “sees 0, then 1”
//                                        ⇢ preempted
//    3                                                     “sees 0, then 1”
//                                                          “takes 0”
//                                                          “sees 1, then 2”
//                                                          “takes 1”
//                                                          “gives 0 back”
//                                                          ends
//    4                                   “takes 0”
//                                        “sees 1, then 2”
//                                        “takes 1”
//                                        ends
//       may go on (Ann)
//       fails: buffer 1 belongs to both
//
// with a stamp: nothing, in all 5964 schedules with up to 2 preemptions
