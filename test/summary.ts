import type { Reporter, TestModule } from "vitest/node"

/** Ends the run with one plain line, "N passed, N failed", that a script can read. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<unknown>) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    // A file that does not load, or an error outside every test, fails the run as a test does.
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandled.length
    const skipped = count("skipped") + count("pending")
    console.log(
      `${count("passed")} passed, ${count("failed") + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`
    )
  }
}
