/** examples/http-server, as a process of its own that is asked from here. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"

const main = join(import.meta.dirname, "../../examples/http-server/main.ts")

interface Server {
  readonly url: string
  readonly child: ChildProcess
}

const start = async (...flags: ReadonlyArray<string>): Promise<Server> => {
  const child = spawn(process.execPath, [...process.execArgv, main, "--port", "0", ...flags], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  for await (const text of child.stdout!) {
    const port = /listening on \S*:(\d+)/.exec(String(text))?.[1]
    if (port !== undefined) return { child, url: `http://127.0.0.1:${port}` }
  }
  throw new Error("the server did not start")
}

const stop = async ({ child }: Server): Promise<number | null> => {
  if (child.exitCode !== null) return child.exitCode
  child.kill("SIGTERM")
  const [code] = await once(child, "exit")
  return code as number | null
}

const ask = async (server: Server, path: string, init?: RequestInit) => {
  const response = await fetch(server.url + path, init)
  return { status: response.status, headers: response.headers, body: await response.text() }
}

interface Stats {
  readonly queued: number
  readonly running: number
}

const stats = async (server: Server): Promise<Stats> => JSON.parse((await ask(server, "/stats")).body) as Stats

/** Asks again and again until it is so: what the server does is not done when a client leaves. */
const until = async (server: Server, isSo: (stats: Stats) => boolean): Promise<void> => {
  while (!isSo(await stats(server))) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe.each([{ flags: [] }, { flags: ["--inline"] }])("examples/http-server $flags", ({ flags }) => {
  let server: Server
  beforeAll(async () => {
    server = await start(...flags)
  }, 60_000)
  afterAll(async () => {
    await stop(server)
  })

  it("answers what it has computed", async () => {
    assert.deepStrictEqual(JSON.parse((await ask(server, "/fib/20")).body), { result: 6765 })
    const hashed = await ask(server, "/hash?rounds=1", { method: "POST", body: "hello" })
    assert.deepStrictEqual(JSON.parse(hashed.body), {
      result: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    })
  })

  it("answers 400 with what is wrong, found here or in the task", async () => {
    for (const path of ["/fib/x", "/fib/61", "/fib/1.5", "/report?rows=many"]) {
      const { body, status } = await ask(server, path)
      assert.strictEqual(status, 400, path)
      assert.isAbove((JSON.parse(body) as { readonly error: string }).error.length, 5)
    }
  })

  it("streams a report to its end", async () => {
    const { body, status } = await ask(server, "/report?rows=100")
    assert.strictEqual(status, 200)
    const lines = body.trimEnd().split("\n")
    assert.strictEqual(lines.length, 100)
    assert.strictEqual(lines[99], "row 100: fib(18) = 2584")
  })

  it("ends a report when its client leaves", async () => {
    const leave = new AbortController()
    const response = await fetch(`${server.url}/report?rows=1000000000`, { signal: leave.signal })
    await response.body!.getReader().read()
    leave.abort()
    await until(server, ({ running }) => running === 0)
  })
})

describe("examples/http-server with a small queue", () => {
  let server: Server
  beforeAll(async () => {
    server = await start("--size", "1", "--capacity", "1")
  }, 60_000)
  afterAll(async () => {
    await stop(server)
  })

  it("answers 504 past the deadline, and the worker is free again", async () => {
    const late = ask(server, "/fib/60")
    await until(server, ({ running }) => running === 1)
    assert.strictEqual((await ask(server, "/health")).body, "ok")
    assert.strictEqual((await late).status, 504)
    await until(server, ({ running }) => running === 0)
    assert.strictEqual((await ask(server, "/fib/10")).status, 200)
  })

  it("answers 503 at once when the queue is full", async () => {
    const running = ask(server, "/fib/60")
    await until(server, (now) => now.running === 1)
    const queued = ask(server, "/fib/60")
    await until(server, (now) => now.queued === 1)
    const { headers, status } = await ask(server, "/fib/1")
    assert.strictEqual(status, 503)
    assert.strictEqual(headers.get("retry-after"), "1")
    assert.deepStrictEqual([(await running).status, (await queued).status], [504, 504])
  })
})

it("finishes what has begun when it is told to stop", async () => {
  const server = await start()
  const begun = ask(server, "/fib/34", { headers: { connection: "close" } })
  await until(server, ({ running }) => running === 1)
  const stopped = stop(server)
  const { body, status } = await begun
  assert.deepStrictEqual([status, JSON.parse(body)], [200, { result: 5702887 }])
  await stopped
}, 60_000)
