/** A wrong implementation, and the contract that it has to fail. */
import type { Case } from "../support/contract.ts"

export interface Mutant {
  /** The bug, as a sentence about the implementation. */
  readonly name: string
  readonly cases: ReadonlyArray<Case>
}

/** One implementation with each of its bugs, and without any: then it is right, so that it is the bug that fails it. */
export interface Family<Bug extends string> {
  readonly bugs: Readonly<Record<Bug, string>>
  readonly cases: (bug: Bug | undefined) => ReadonlyArray<Case>
}

export const mutantsOf = <Bug extends string>({ bugs, cases }: Family<Bug>): ReadonlyArray<Mutant> =>
  Object.entries(bugs).map(([bug, name]) => ({ name: name as string, cases: cases(bug as Bug) }))
