import { Context, Layer } from "effect"

export class Step extends Context.Service<Step, number>()("Step") {}

export default Layer.succeed(Step, 7)
