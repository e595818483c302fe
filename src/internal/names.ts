/** Names for what was given none: `Lock-1`, `Lock-2`, `Thread-1`, … */

/** A numbering of its own, for a program that is run again and again and has to name things alike each time. */
export class Names {
  private readonly numbers = new Map<string, number>()

  next(kind: string): string {
    const number = (this.numbers.get(kind) ?? 0) + 1
    this.numbers.set(kind, number)
    return `${kind}-${number}`
  }

  /** Numbers by this until the answer is called. */
  use(): () => void {
    const before = names
    names = this
    return () => {
      names = before
    }
  }
}

let names = new Names()

export const nextName = (kind: string): string => names.next(kind)
