/**
 * The time, read at most once while microtasks run, for what is written down on paths where asking the system each time would be
 * felt. The explorer puts its virtual time here.
 */
let source: (() => number) | undefined
let isFresh = false

/** In milliseconds since 1970. Times are kept as what has passed since then: small whole numbers need no memory of their own. */
export const start = Date.now()

let passed = 0

const settled = Promise.resolve()
const expire = () => {
  isFresh = false
}

const read = (): number => {
  if (source !== undefined) return source() - start
  isFresh = true
  void settled.then(expire)
  return passed = Date.now() - start
}

/** How many milliseconds have passed since `start`. */
export const sinceStart = (): number => isFresh ? passed : read()

/** The time in milliseconds since 1970. */
export const coarseNow = (): number => start + sinceStart()

/** The time as it is now, read from the system each time. */
export const exactNow = (): number => source === undefined ? Date.now() : source()

/** Takes the time from elsewhere until the answer is called. */
export const setNow = (now: () => number): () => void => {
  const before = source
  source = now
  isFresh = false
  return () => {
    source = before
    isFresh = false
  }
}
