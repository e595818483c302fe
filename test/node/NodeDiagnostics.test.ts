import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Logger, Scope } from "effect"
import { NodeDiagnostics } from "effect-threading/node"
import { HttpRouter } from "effect/http"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { start } from "../support/program.ts"

const program = (name: string, ...args: ReadonlyArray<string>) => start(`test/node/programs/${name}.ts`, ...args)

/** Builds the layer, and answers with how to close it. */
const open = <E>(layer: Layer.Layer<never, E>) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    yield* Layer.buildWithScope(layer, scope)
    return Scope.close(scope, Exit.void)
  })

const freePort = Effect.promise<number>(() =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
)

describe("the stall alarm", { timeout: 60_000 }, () => {
  it("tells of an endless loop while it runs: where it is, in which thread, and what the others do", async () => {
    const endless = program("endless")
    await endless.says("stderr", /sleeper/)
    endless.kill("SIGKILL")
    const { stderr } = await endless.end
    assert.match(
      stderr,
      /^effect-threading: the event loop of the main thread has stood still for [\d,]+ ms \(process \d+\)$/m
    )
    assert.match(stderr, /^ {4}at spin \(.*endless\.ts:\d+:\d+\)$/m)
    assert.match(stderr, /^ {4}in thread "spinner" #\d+, fiber #\d+, span "counting"$/m)
  })

  it("logs a warning with the stack and the duration once the loop goes on, and lets the process end", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stalls-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const stalls = program("stalls", folder)
    await stalls.says("stderr", /^ {4}at busy \(.*stalls\.ts:\d+:\d+\)$/m)
    writeFileSync(join(folder, "busy"), "")
    await stalls.says("stderr", /^ {4}it is in native code/m)
    writeFileSync(join(folder, "native"), "")
    const { code, stderr, stdout } = await stalls.end
    assert.strictEqual(code, 0, stderr)
    const warnings = stdout.split("WARN ").slice(1)
    assert.strictEqual(warnings.length, 2, stdout)
    assert.match(
      warnings[0]!,
      /The event loop of the main thread stood still for [\d,]+ ms\n( {4}at .*\n)* {4}at busy /
    )
    assert.match(warnings[1]!, /could be paused only [\d,]+ ms later, perhaps back from native code:\n {4}at /)
  })
})

describe("the stall alarm for workers", { timeout: 60_000 }, () => {
  const alarm = new RegExp(
    [
      "^effect-threading: the event loop of pool/1 has stood still for [\\d,]+ ms \\(process \\d+\\)",
      " {4}in task tasks\\.spin, called by \"crawler\"",
      " {4}at spin \\(.*tasks\\.ts:\\d+:\\d+\\)$"
    ].join("\n"),
    "m"
  )
  const warning = /WARN .*The event loop of pool\/1 stood still for [\d,]+ ms\n {4}in task tasks\.spin.*\n {4}at spin /

  for (const [what, line] of [["goes on", "go"], ["is terminated", "end"]] as const) {
    it(`tells where a worker stands still, in which task, and for whom; logs it once the worker ${what}`, async () => {
      const stuck = program("stuckTask")
      await stuck.says("stderr", alarm)
      stuck.write(`${line}\n`)
      await stuck.says("stdout", warning)
      stuck.endInput()
      const { code, stderr, stdout } = await stuck.end
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, warning)
      assert.strictEqual(stderr.match(/pool\/1 has stood still/g)?.length, 1, stderr)
    })
  }

  it("leaves it to dumps on a signal and over HTTP to tell of a worker that has been busy for a second", async () => {
    const stuck = program("stuckTask")
    const [, url] = await stuck.says("stdout", /served at (http:\S+)/)
    const stack = /"pool\/1".*busy.*\n +runs +tasks\.spin .*for crawler\n {10}at spin \(.*tasks\.ts:/
    const waiting = /"pool\/2".*busy.*\n +runs +tasks\.wait .*for waiter$/m
    const blocked = /"crawler" .*Blocked .*on Task tasks\.spin, which pool\/1 works on$/m
    let text = ""
    // A server that is held up closes connections that were kept.
    const headers = { connection: "close" }
    while (!stack.test(text) || !waiting.test(text)) text = await (await fetch(url!, { headers })).text()
    assert.match(text, blocked)
    stuck.kill("SIGUSR2")
    await stuck.says("stderr", stack)
    stuck.write("go\n")
    stuck.endInput()
    assert.strictEqual((await stuck.end).code, 0)
  })
})

describe("a dump on a signal", { timeout: 60_000 }, () => {
  it("is printed to stderr, and the program goes on", async () => {
    const looksIn = program("looksIn")
    await looksIn.says("stdout", /ready/)
    looksIn.kill("SIGUSR2")
    await looksIn.says("stderr", /"waiter" .*ledger/)
    looksIn.kill("SIGUSR2")
    await looksIn.says("stderr", /"waiter" .*ledger[^]*"waiter" .*ledger/)
    looksIn.write("end\n")
    assert.strictEqual((await looksIn.end).code, 0)
  })

  it.effect("is no longer listened for once the layer is closed", () =>
    Effect.gen(function*() {
      const before = process.listenerCount("SIGUSR2")
      const close = yield* open(NodeDiagnostics.layer())
      assert.strictEqual(process.listenerCount("SIGUSR2"), before + 1)
      yield* close
      assert.strictEqual(process.listenerCount("SIGUSR2"), before)
    }))

  it.effect("is printed on another signal, or none, if asked", () =>
    Effect.gen(function*() {
      const before = process.listenerCount("SIGUSR2")
      const close = yield* open(NodeDiagnostics.layer({ signal: "SIGWINCH" }))
      assert.strictEqual(process.listenerCount("SIGWINCH"), 1)
      yield* close
      assert.strictEqual(process.listenerCount("SIGWINCH"), 0)
      yield* open(NodeDiagnostics.layer({ signal: false }))
      assert.strictEqual(process.listenerCount("SIGUSR2"), before)
    }))
})

describe("a dump over HTTP", { timeout: 60_000 }, () => {
  it("is text or JSON as asked, at its path alone, and keeps nothing alive", async () => {
    const looksIn = program("looksIn")
    const [, url] = await looksIn.says("stdout", /served at (http:\/\/127\.0\.0\.1:\d+\/threads)/)
    await looksIn.says("stdout", /ready/)
    const text = await fetch(url!)
    assert.strictEqual(text.headers.get("content-type"), "text/plain; charset=utf-8")
    assert.match(await text.text(), /"waiter" .*ledger/)
    for (const request of [fetch(url!, { headers: { accept: "application/json" } }), fetch(`${url}?format=json`)]) {
      const answer = await request
      assert.strictEqual(answer.headers.get("content-type"), "application/json")
      const { threads } = await answer.json() as { threads: ReadonlyArray<{ name: string }> }
      assert.deepStrictEqual(threads.map(({ name }) => name).sort(), ["holder", "waiter"])
    }
    assert.strictEqual((await fetch(new URL("/", url))).status, 404)
    assert.strictEqual((await fetch(url!, { method: "POST" })).status, 405)
    // Fetch keeps its connections open; the process ends all the same.
    looksIn.write("end\n")
    assert.strictEqual((await looksIn.end).code, 0)
  })

  it.effect("fails if the port is taken, and names the port; is gone when the layer is closed", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const layer = NodeDiagnostics.layer({ signal: false, http: { port } })
      const close = yield* open(layer)
      const error = yield* Effect.flip(open(layer))
      assert.deepInclude(error, { _tag: "ListenError", port, host: "127.0.0.1", code: "EADDRINUSE" })
      assert.include(error.message, `port ${port} of 127.0.0.1: it is taken`)
      yield* close
      const again = yield* open(layer)
      yield* again
    }).pipe(Effect.provide(Logger.layer([]))))

  it.effect("can be mounted on a router that is there already", () =>
    Effect.gen(function*() {
      const { dispose, handler } = HttpRouter.toWebHandler(
        HttpRouter.add("GET", "/debug/threads", NodeDiagnostics.handler),
        { disableLogger: true }
      )
      const ask = (url: string, headers: Record<string, string> = {}) =>
        Effect.promise(() => handler(new Request(`http://localhost${url}`, { headers })))
      const text = yield* ask("/debug/threads")
      assert.strictEqual(text.headers.get("content-type"), "text/plain; charset=utf-8")
      const json = yield* ask("/debug/threads?format=json")
      assert.isArray((yield* Effect.promise(() => json.json() as Promise<{ threads: unknown }>)).threads)
      assert.strictEqual(
        (yield* ask("/debug/threads", { accept: "application/json" })).headers.get("content-type"),
        "application/json"
      )
      yield* Effect.promise(dispose)
    }))
})
