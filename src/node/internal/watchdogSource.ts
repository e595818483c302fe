/**
 * What the watchdog's OS thread runs, as text: a file beside this one would be lost by bundlers, and a function that is turned
 * into text may lean on what a compiler put around it.
 *
 * It looks at each heartbeat once a period. Time in which it was itself not woken (the process was stopped, the machine slept or
 * had no time for it) counts for nobody. It writes with `writeSync`, since a worker's console goes through the main thread.
 *
 * What this process's other threads stand still in is known to the thread that has them, so that one tells of it.
 *
 * Of the main thread it samples the stack, by pausing it through the inspector for a moment, which takes some ten milliseconds;
 * while paused, the main thread also answers what it was doing (`describe`, a function that it leaves on `globalThis`).
 */
export const watchdogSource = `"use strict"
const { parentPort, workerData } = require("node:worker_threads")
const { writeSync } = require("node:fs")
const { after, period, memory, width, fields, describe, turn, turns } = workerData
const numbers = new Float64Array(memory)
const watched = new Map()

const clock = () => {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1e3 + nanos / 1e6
}

const write = (text) => {
  let rest = Buffer.from(text)
  for (let tries = 0; rest.length > 0 && tries < 1000; tries++) {
    try {
      rest = rest.subarray(writeSync(2, rest))
    } catch (error) {
      if (error.code !== "EAGAIN") return
    }
  }
}

const milliseconds = (time) => Math.round(time).toLocaleString("en") + " ms"

const frame = (urls) => ({ functionName, location }) => {
  const at = (urls.get(location.scriptId) || "<anonymous>") + ":" + (location.lineNumber + 1) + ":" + ((location.columnNumber || 0) + 1)
  return "    at " + (functionName ? functionName + " (" + at + ")" : at)
}

const listing = (frames, urls) => {
  const shown = frames.slice(0, 16).map(frame(urls))
  if (frames.length > 16) shown.push("    … and " + (frames.length - 16) + " more frames")
  return shown.join("\\n")
}

// Calls back with where the main thread stands, or with why that cannot be told; the answer gives up.
const sample = (isStill, done) => {
  let session
  let isConnected = false
  const end = (text) => {
    if (session === undefined) return
    clearTimeout(timer)
    // It may not have come to be paused yet, and then it shall not be.
    if (isConnected) session.post("Debugger.disable")
    session.disconnect()
    session = undefined
    Atomics.store(turn, 0, turns.nobody)
    done(text)
  }
  const asked = clock()
  // Only JavaScript can be paused: what called the native code may have returned by then.
  const timer = setTimeout(() => write("    it is in native code, as in execSync or readFileSync\\n"), 3000)
  const delay = () => {
    const waited = clock() - asked
    return waited < 1000 ? "" : "    it could be paused only " + milliseconds(waited) + " later, perhaps back from native code:\\n"
  }
  try {
    const { Session } = require("node:inspector")
    session = new Session()
    session.connectToMainThread()
    isConnected = true
    const urls = new Map()
    session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => urls.set(scriptId, url))
    session.on("Debugger.paused", ({ params: { callFrames } }) => {
      if (!isStill()) return end(tooLate)
      const delayed = delay()
      const expression = "globalThis[Symbol.for(" + JSON.stringify(describe) + ")]?.()"
      // Node's own functions, where a loop may just be, answer no such question.
      const ours = callFrames.find(({ location }) => !urls.get(location.scriptId)?.startsWith("node:")) ?? callFrames[0]
      const question = { callFrameId: ours.callFrameId, expression, returnByValue: true, silent: true }
      session?.post("Debugger.evaluateOnCallFrame", question, (error, answer) => {
        const told = error ? undefined : answer.result.value
        session?.post("Debugger.resume", () => end(delayed + listing(callFrames, urls) + (told ? "\\n" + told : "")))
      })
    })
    session.post("Debugger.enable")
    session.post("Debugger.pause")
  } catch (error) {
    session ??= { disconnect() {} }
    end("    its stack cannot be read: " + error.message)
  }
  return () => end(tooLate)
}

const tooLate = "    it went on before its stack could be read"

const alarm = (slot, thread, late) => {
  if (!thread.isToldHere) return parentPort.postMessage({ what: "began", slot, pulse: thread.pulse })
  write("effect-threading: the event loop of " + thread.name + " has stood still for " + milliseconds(late) + " (process "
    + process.pid + ")\\n")
  const tell = (stack) => {
    write(stack + "\\n")
    parentPort.postMessage({ what: "told", slot, pulse: thread.pulse, stack })
  }
  if (!thread.isMain) return tell("    its stack is not sampled: it is not the main thread")
  if (numbers[slot * width + fields.isDebugged] === 1) {
    return tell("    its stack is not sampled: the inspector is open, and a breakpoint looks the same")
  }
  if (Atomics.compareExchange(turn, 0, turns.nobody, turns.watchdog) !== turns.nobody) {
    return tell("    its stack is not sampled: it is being told where a worker stands")
  }
  const { beat } = thread
  thread.giveUp = sample(() => numbers[slot * width + fields.beat] === beat, tell)
}

parentPort.on("message", ({ slot, thread }) => {
  if (thread === undefined) watched.delete(slot)
  else watched.set(slot, { ...thread, beat: 0, excused: 0, isStill: false })
})

let last = clock()
setInterval(() => {
  const now = clock()
  const missed = now - last - period
  last = now
  for (const [slot, thread] of watched) {
    const beat = numbers[slot * width + fields.beat]
    // Until its first beat it is starting.
    if (beat === 0) continue
    if (beat !== thread.beat) {
      if (thread.isStill && !thread.isToldHere) parentPort.postMessage({ what: "ended", slot, pulse: thread.pulse })
      thread.giveUp?.()
      thread.giveUp = undefined
      thread.beat = beat
      thread.excused = 0
      thread.isStill = false
      continue
    }
    if (missed > period) thread.excused += missed
    const late = now - beat - period - thread.excused
    if (late < after || thread.isStill) continue
    thread.isStill = true
    alarm(slot, thread, late)
  }
}, period)
`
