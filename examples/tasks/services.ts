/** What each worker builds once, before its first task, and closes when it ends. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"

export class Words extends Context.Service<Words, ReadonlyMap<number, string>>()("examples/tasks/Words") {}

export default Layer.sync(Words, () => new Map([[2, "two"], [3, "three"], [5, "five"]]))
