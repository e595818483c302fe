/** A task that needs a service, and the Layer that each worker builds of it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export class Prices extends Context.Service<Prices, ReadonlyMap<string, number>>()("examples/tasks/Prices") {}

let timesBuilt = 0

export default Layer.sync(Prices, () => {
  timesBuilt++
  return new Map([["tea", 4], ["cake", 7]])
})

export const total = (items: ReadonlyArray<string>) =>
  Effect.map(Prices, (prices) => ({
    cents: items.reduce((sum, item) => sum + (prices.get(item) ?? 0), 0),
    timesBuilt
  }))
