/** Names for what was given none: `Lock-1`, `Lock-2`, `Thread-1`, … */

let numbers = new Map<string, number>()

export const nextName = (kind: string): string => {
  const number = (numbers.get(kind) ?? 0) + 1
  numbers.set(kind, number)
  return `${kind}-${number}`
}

/** Counts from 1 again, as if nothing had been named yet, until the answer is called. */
export const numberAfresh = (): () => void => {
  const before = numbers
  numbers = new Map()
  return () => {
    numbers = before
  }
}
