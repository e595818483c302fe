import { assert, describe, it } from "@effect/vitest"
import { idsOf, makeReport, parseTsv, type Row, type TestRun } from "./catalogue.ts"

const row = (id: string, applies = "yes", area = "Lock"): Row => ({ id, area, applies, behaviour: `what ${id} does` })
const test = (title: string, state: TestRun["state"] = "passed"): TestRun => ({ title, state })
const lock = (report: ReturnType<typeof makeReport>) => report.areas.find(({ area }) => area === "Lock")

describe("conformance report", () => {
  it("reads the columns it is asked for, in whatever order", () => {
    const text = "area\tid\twhy\r\nLock\ta.b\t\r\n\nEvent\tdoc:c\tbecause \"so\"\n"
    assert.deepStrictEqual(parseTsv(text, "id", "why"), [
      { id: "a.b", why: "" },
      { id: "doc:c", why: "because \"so\"" }
    ])
    assert.throws(() => parseTsv(text, "reason"), /lacks reason/)
  })

  it("takes the ids from the end of a title, and nothing else in brackets", () => {
    assert.deepStrictEqual(idsOf("waits [a.b] [doc:3.14:c]"), ["a.b", "doc:3.14:c"])
    assert.deepStrictEqual(idsOf("gives [1, 2] back [a.b]"), ["a.b"])
    assert.deepStrictEqual(idsOf("[a.b] comes first"), [])
  })

  it("a row passes if every test that carries it passes", () => {
    const rows = [row("a.b"), row("a.c", "adapted"), row("a.d", "no"), row("q", "yes", "Queue")]
    const report = makeReport(rows, [test("x [a.b]"), test("y [a.b] [a.c]")], [])
    assert.deepStrictEqual(lock(report), { area: "Lock", rows: 2, covered: 2, passing: 2, differing: 0 })
    assert.deepStrictEqual(report.later, ["Queue"])
    assert.deepStrictEqual(report.problems, [])

    const failing = makeReport(rows, [test("x [a.b]", "failed"), test("y [a.b] [a.c]")], [])
    assert.deepStrictEqual(lock(failing), { area: "Lock", rows: 2, covered: 2, passing: 1, differing: 0 })
    assert.deepStrictEqual(failing.problems, ["a.b: failed in \"x [a.b]\""])
  })

  it("a row may differ, with a reason", () => {
    const report = makeReport([row("a.b")], [], [{ id: "a.b", reason: "no such thing here" }])
    assert.deepStrictEqual(lock(report), { area: "Lock", rows: 1, covered: 0, passing: 0, differing: 1 })
    assert.deepStrictEqual(report.problems, [])
  })

  it.each<[string, ReadonlyArray<TestRun>, Parameters<typeof makeReport>[2], RegExp]>([
    ["a row that nothing shows", [], [], /^a\.b: neither shown nor differing: what a\.b does$/],
    ["a row that only a skipped test shows", [test("x [a.b]", "skipped")], [], /^a\.b: neither/],
    ["an unknown id in a title", [test("x [a.b] [a.z]")], [], /^a\.z: no such row.*"x \[a\.b\] \[a\.z\]"$/],
    ["an unknown id among the differences", [test("x [a.b]")], [{ id: "a.z", reason: "r" }], /^a\.z: no such row/],
    ["a row both shown and differing", [test("x [a.b]")], [{ id: "a.b", reason: "r" }], /^a\.b: a test covers it/],
    ["a difference without a reason", [], [{ id: "a.b", reason: "" }], /^a\.b: differs without a reason$/],
    ["a difference listed twice", [], [{ id: "a.b", reason: "r" }, { id: "a.b", reason: "r" }], /twice$/]
  ])("%s is a problem", (_name, tests, differences, problem) => {
    const { problems } = makeReport([row("a.b")], tests, differences)
    assert.strictEqual(problems.length, 1)
    assert.match(problems[0]!, problem)
  })
})
