/**
 * How long `/health` takes while the server computes: the same server with a worker pool and without one, under the same load
 * from this process, in one run. Then, how many are turned away when more comes than the queue holds.
 */
import autocannon from "autocannon"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

const seconds = 4

/** Starts a server, and answers with it and where it listens. */
const start = async (flags: ReadonlyArray<string>): Promise<readonly [ChildProcess, string]> => {
  const server = spawn(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, "main.ts"), "--port", "0", ...flags],
    { stdio: ["ignore", "pipe", "inherit"] }
  )
  for await (const line of server.stdout!) {
    const port = /listening on \S*:(\d+)/.exec(String(line))?.[1]
    if (port !== undefined) return [server, `http://127.0.0.1:${port}`]
  }
  throw new Error("The server did not start.")
}

const health = (url: string) =>
  autocannon({ url: `${url}/health`, connections: 2, duration: seconds, overallRate: 100 })

const count = ({ statusCodeStats }: autocannon.Result, code: string): number =>
  (statusCodeStats as Record<string, { readonly count: number }> | undefined)?.[code]?.count ?? 0

const ms = ({ latency, requests }: autocannon.Result) =>
  requests.total === 0 ? { p50: "no answer", p99: "no answer" } : { p50: latency.p50, p99: latency.p99 }

const measure = async (flags: ReadonlyArray<string>) => {
  const [server, url] = await start(flags)
  const ended = once(server, "exit")
  // What comes first is slower: modules are loaded, code is compiled.
  await autocannon({ url: `${url}/fib/25`, connections: 2, amount: 50 })
  await health(url)
  const idle = await health(url)
  const [load, busy] = await Promise.all([
    autocannon({ url: `${url}/fib/30`, connections: 16, duration: seconds }),
    health(url)
  ])
  const burst = await autocannon({ url: `${url}/fib/30`, connections: 200, amount: 400 })
  server.kill("SIGTERM")
  await ended
  return {
    "/health idle p50": ms(idle).p50,
    "p99": ms(idle).p99,
    "under load p50": ms(busy).p50,
    "p99 ": ms(busy).p99,
    "/fib/30 a second": Math.round(load.requests.average),
    "burst of 400: done": count(burst, "200"),
    "turned away": count(burst, "503"),
    "too late": count(burst, "504")
  }
}

console.log(`/health, asked 100 times a second for ${seconds} s: idle, and while 16 connections ask for /fib/30 (ms)`)
console.table({ "with a pool": await measure([]), "without": await measure(["--inline"]) })
