/**
 * How long `/health` takes while the server computes: the same server with a worker pool and without one, under the same load
 * from this process, in one run. Then, how many are turned away when more comes than the queue holds.
 */
import autocannon from "autocannon"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { parseArgs } from "node:util"

const { values } = parseArgs({ options: { seconds: { type: "string", default: "4" } } })
const seconds = Number(values.seconds)
const perSecond = 200

/** Starts a server, and answers with it and where it listens. */
const start = async (flags: ReadonlyArray<string>): Promise<readonly [ChildProcess, string]> => {
  const server = spawn(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, "main.ts"), "--port", "0", ...flags],
    { stdio: ["ignore", "pipe", "inherit"] }
  )
  for await (const line of server.stdout) {
    const port = /listening on \S*:(\d+)/.exec(String(line))?.[1]
    if (port !== undefined) return [server, `http://127.0.0.1:${port}`]
  }
  throw new Error("The server did not start.")
}

/** Autocannon's own latencies are whole milliseconds, too coarse here. */
const health = async (url: string) => {
  const times: Array<number> = []
  await autocannon({
    url: `${url}/health`,
    connections: 2,
    duration: seconds,
    overallRate: perSecond,
    setupClient: (client) => client.on("response", (_status, _bytes, ms) => times.push(ms))
  })
  times.sort((a, b) => a - b)
  const quantile = (q: number) => Number(times[Math.floor(q * times.length)]?.toPrecision(2) ?? Infinity)
  return { p50: quantile(0.5), p99: quantile(0.99) }
}

const count = ({ statusCodeStats }: autocannon.Result, code: string): number =>
  (statusCodeStats as Record<string, { readonly count: number }> | undefined)?.[code]?.count ?? 0

const measure = async (flags: ReadonlyArray<string>) => {
  const [server, url] = await start(flags)
  const ended = once(server, "exit")
  // What comes first is slower: modules are loaded, code is compiled.
  await autocannon({ url: `${url}/health`, connections: 2, amount: 2000 })
  await autocannon({ url: `${url}/fib/25`, connections: 2, amount: 100 })
  const idle = await health(url)
  const [load, busy] = await Promise.all([
    autocannon({ url: `${url}/fib/32`, connections: 16, duration: seconds }),
    health(url)
  ])
  const burst = await autocannon({ url: `${url}/fib/30`, connections: 200, amount: 400 })
  server.kill("SIGTERM")
  await ended
  return {
    "idle p50": idle.p50,
    "idle p99": idle.p99,
    "busy p50": busy.p50,
    "busy p99": busy.p99,
    "fib per s": Math.round(load.requests.average),
    done: count(burst, "200"),
    "turned away": count(burst, "503"),
    "too late": count(burst, "504")
  }
}

console.log(
  `/health, in ms, ${perSecond} times a second for ${seconds} s: idle, and while 16 connections ask for /fib/32.`
)
console.log("Then 400 times /fib/30 from 200 connections: done, turned away with 503, too late with 504.")
console.table({ "with a pool": await measure([]), "without": await measure(["--inline"]) })
