/**
 * The time in milliseconds since 1970, read at most once while microtasks run, for what is written down on paths where asking
 * the system each time would be felt. The explorer puts its virtual time here.
 */
let source: (() => number) | undefined
let cached = 0
let isFresh = false

const settled = Promise.resolve()
const expire = () => {
  isFresh = false
}

const read = (): number => {
  if (source !== undefined) return source()
  isFresh = true
  void settled.then(expire)
  return cached = Date.now()
}

export const coarseNow = (): number => isFresh ? cached : read()

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
