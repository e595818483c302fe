/** Where the cells of a model are: all in one memory, of which states hold only those that change. */
import type { Model } from "./model.ts"

export class Layout {
  /** All cells as they are at the beginning. */
  readonly values: Int32Array
  /** What each is called. */
  readonly names: Array<string> = []
  /** Where a state has each cell; -1 if it never changes. */
  readonly slots: Array<number> = []
  /** The cells that a state has. */
  readonly varying: Array<number> = []
  /** Where the owner is to be found of each cell that has one. */
  readonly guards = new Map<number, number>()
  private readonly bases = new Map<Int32Array, number>()

  constructor({ guarded, isConstant, memory }: Model) {
    const values: Array<number> = []
    for (const [region, cells] of Object.entries(memory)) {
      this.bases.set(cells, values.length)
      cells.forEach((value, index) => {
        const varies = isConstant?.(region, index) !== true
        this.slots.push(varies ? this.varying.length : -1)
        if (varies) this.varying.push(values.length)
        values.push(value)
        this.names.push(`${region}[${index}]`)
      })
    }
    this.values = Int32Array.from(values)
    guarded?.cells.forEach((_, index) => {
      if (guarded.has(index)) {
        this.guards.set(this.cellOf(guarded.cells, index), this.slotOf(guarded.cells, guarded.owner))
      }
    })
  }

  cellOf(cells: Int32Array, index: number): number {
    const base = this.bases.get(cells)
    if (base === undefined) throw new Error("This memory is not the model's.")
    return base + index
  }

  slotOf(cells: Int32Array, index: number): number {
    return this.slots[this.cellOf(cells, index)]!
  }

  isConstant(cell: number): boolean {
    return this.slots[cell] === -1
  }
}
