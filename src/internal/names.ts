/** Names for what was given none: `Lock-1`, `Lock-2`, `Thread-1`, … */

/** How many of each kind have been named. A program that is run again and again gets one of its own, to name things alike. */
export type Numbers = Map<string, { count: number }>

let numbers: Numbers = new Map()

export const nextName = (kind: string): string => {
  const number = numbers.get(kind)
  if (number !== undefined) return `${kind}-${++number.count}`
  numbers.set(kind, { count: 1 })
  return `${kind}-1`
}

/** Numbers by these until the answer is called. */
export const numberBy = (own: Numbers): () => void => {
  const before = numbers
  numbers = own
  return () => {
    numbers = before
  }
}
