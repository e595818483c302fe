/** examples/http-server, as a process of its own that is asked from here. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { request } from "node:http"
import { connect } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, assert, beforeAll, describe, it } from "vitest"

const folder = join(import.meta.dirname, "../../examples/http-server")

interface Server {
  readonly url: string
  readonly child: ChildProcess
}

const start = async (...flags: ReadonlyArray<string>): Promise<Server> => {
  const child = spawn(process.execPath, [...process.execArgv, join(folder, "main.ts"), "--port", "0", ...flags], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  for await (const text of child.stdout) {
    const port = /listening on \S*:(\d+)/.exec(String(text))?.[1]
    if (port !== undefined) return { child, url: `http://127.0.0.1:${port}` }
  }
  throw new Error("the server did not start")
}

const stop = async ({ child }: Server): Promise<void> => {
  const ended = once(child, "exit")
  child.kill("SIGTERM")
  await ended
}

/** A server for the tests around. */
const started = (...flags: ReadonlyArray<string>): () => Server => {
  let server: Server
  beforeAll(async () => {
    server = await start(...flags)
  }, 60_000)
  afterAll(() => stop(server), 60_000)
  return () => server
}

const ask = async ({ url }: Server, path: string, init?: RequestInit) => {
  const response = await fetch(url + path, init)
  return { status: response.status, headers: response.headers, body: await response.text() }
}

/** Asks for it, and does not wait for the answer. */
const begin = ({ url }: Server, path: string, signal: AbortSignal): void => {
  fetch(url + path, { signal }).catch(() => {})
}

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10))
}

interface Stats {
  readonly queued: number
  readonly running: number
}

/** What the server does is not done yet when a client leaves. */
const untilStats = (server: Server, isSo: (stats: Stats) => boolean): Promise<void> =>
  until(async () => isSo(JSON.parse((await ask(server, "/stats")).body) as Stats))

const sha256OfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

describe.each([{ flags: [] }, { flags: ["--inline"] }])("examples/http-server $flags", ({ flags }) => {
  const server = started("--deadline", "60000", ...flags)

  it("answers what it has computed", async () => {
    assert.deepStrictEqual(JSON.parse((await ask(server(), "/fib/20")).body), { result: 6765 })
    const hashed = await ask(server(), "/hash", { method: "POST", body: "hello" })
    assert.deepStrictEqual(JSON.parse(hashed.body), { result: sha256OfHello })
  })

  it("answers 400 with what is wrong, found here or in the task", async () => {
    for (const path of ["/fib/x", "/fib/61", "/fib/1.5", "/report?rows=many", "/report?rows=-1"]) {
      const { body, status } = await ask(server(), path)
      assert.strictEqual(status, 400, path)
      assert.match((JSON.parse(body) as { readonly error: string }).error, /number/)
    }
  })

  it("streams a report to its end", async () => {
    const { body, status } = await ask(server(), "/report?rows=100")
    assert.strictEqual(status, 200)
    const lines = body.trimEnd().split("\n")
    assert.strictEqual(lines.length, 100)
    assert.strictEqual(lines[99], "row 100: fib(18) = 2584")
  })

  it("ends a report when its client leaves", async () => {
    const leave = new AbortController()
    const response = await fetch(`${server().url}/report?rows=1000000000`, { signal: leave.signal })
    await response.body!.getReader().read()
    leave.abort()
    await untilStats(server(), ({ running }) => running === 0)
  }, 60_000)
})

describe("examples/http-server with one worker, and room for one more", () => {
  const server = started("--size", "1", "--capacity", "1", "--deadline", "60000")

  it("answers /health while it computes, and cancels what its client does not wait for", async () => {
    const leave = new AbortController()
    begin(server(), "/fib/60", leave.signal)
    await untilStats(server(), ({ running }) => running === 1)
    assert.strictEqual((await ask(server(), "/health")).body, "ok")
    leave.abort()
    assert.strictEqual((await ask(server(), "/fib/10")).status, 200)
  }, 60_000)

  it("answers 503 at once when the queue is full", async () => {
    const leave = new AbortController()
    begin(server(), "/fib/60", leave.signal)
    await untilStats(server(), ({ running }) => running === 1)
    begin(server(), "/fib/60", leave.signal)
    await untilStats(server(), ({ queued }) => queued === 1)
    for (const path of ["/fib/1", "/report?rows=1"]) {
      const { headers, status } = await ask(server(), path)
      assert.strictEqual(status, 503, path)
      assert.strictEqual(headers.get("retry-after"), "1")
    }
    leave.abort()
    await untilStats(server(), ({ queued, running }) => queued + running === 0)
  }, 60_000)
})

describe("examples/http-server with a short deadline", () => {
  const server = started("--size", "1", "--deadline", "500")

  it.each([
    { title: "heeds its cancellation", path: "/hash?rounds=1000000000", method: "POST" },
    { title: "spins and hears nothing", path: "/fib/60", method: "GET" }
  ])("answers 504 past it, and frees the worker of a task that $title", async ({ method, path }) => {
    assert.strictEqual((await ask(server(), path, { method })).status, 504)
    await until(async () => (await ask(server(), "/fib/10")).status === 200)
  }, 60_000)
})

it("finishes what has begun when it is told to stop, and takes nothing new", async () => {
  const server = await start("--deadline", "60000")
  const upload = request(`${server.url}/hash`, { method: "POST", headers: { expect: "100-continue" } })
  upload.write("hel")
  // It reads the body.
  await once(upload, "continue")
  const stopped = stop(server)
  await until(async () => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1")
    return once(socket, "connect").then(() => socket.destroy() === undefined, () => true)
  })
  const response = once(upload, "response")
  upload.end("lo")
  const [message] = await response
  const chunks: ReadonlyArray<Buffer> = await message.toArray()
  assert.deepStrictEqual(JSON.parse(Buffer.concat(chunks).toString()), { result: sha256OfHello })
  await stopped
}, 60_000)

it("measures itself with a pool and without", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    join(folder, "load.ts"),
    "--seconds",
    "1"
  ])
  for (const row of ["with a pool", "without"]) {
    assert.match(stdout, new RegExp(`│ ${row} +│( [\\d.Infinity]+ +│){8}\n`))
  }
}, 180_000)
