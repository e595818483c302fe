// Tasks in a CommonJS module.
const { Effect, Option } = require("effect")

exports.sum = (ns) => ns.reduce((a, b) => a + b, 0)

exports.half = (n) => n % 2 === 0 ? Effect.succeed(Option.some(n / 2)) : Effect.fail("odd")
