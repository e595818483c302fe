/** Exports of every kind: tasks, and what is none. */
import { Data, Effect, Option, Random, Schema, type Scope, Stream } from "effect"
import { Task, Thread, type ThreadGroup } from "effect-threading"
import { Cache, Database } from "./services.ts"

export class HashError extends Data.TaggedError("HashError")<{ readonly why: string }> {}
export class NegativeError extends Schema.TaggedError<NegativeError>()("NegativeError", { n: Schema.Number }) {}
export class TooBigError extends Schema.TaggedError<TooBigError>()("TooBigError", { n: Schema.Number }) {}

/** The digest of some bytes. */
export const hash = (bytes: Uint8Array): Effect.Effect<string, HashError> =>
  bytes.length > 0 ? Effect.succeed("digest") : Effect.fail(new HashError({ why: "nothing to hash" }))

/** The n-th Fibonacci number. */
export const fib = (n: number) => {
  if (n < 0) return Effect.fail(new NegativeError({ n }))
  if (n > 1000) return Effect.fail(new TooBigError({ n }))
  return Effect.succeed(n)
}

export const fibFn = Effect.fn("fib")(function*(n: number) {
  if (n < 0) return yield* new NegativeError({ n })
  if (n > 1000) return yield* new TooBigError({ n })
  return n
})

export const half = (n: number) => n < 0 ? Effect.fail(new NegativeError({ n })) : n / 2

export const sum = (numbers: Float64Array): number => numbers.reduce((a, b) => a + b, 0)
export const ping = (): void => {}
export const fetchText = async (path: string): Promise<string> => path
export const maybeLater = (n: number): number | Promise<string> => n > 0 ? n : Promise.resolve("later")
export const find = (n: number): Effect.Effect<Option.Option<number>> => Effect.succeed(Option.some(n))
export const fill = (n: number, by?: number, ...labels: ReadonlyArray<string>): number => n + (by ?? 0) + labels.length
export const max = (...numbers: ReadonlyArray<number>): number => Math.max(...numbers)
export const paint = ({ from = 0, to }: { readonly from?: number; readonly to: number }): number => to - from
export const withCallback = (numbers: ReadonlyArray<number>, f: (n: number) => number): number => f(numbers.length)
export const quit = (code: number): never => process.exit(code)

export const identity = <A>(value: A) => Effect.succeed(value)
export const sortById = <A extends { readonly id: number }>(items: ReadonlyArray<A>): Array<A> => [...items]

export function parse(text: string): number
export function parse(bytes: Uint8Array, encoding: string): string
export function parse(input: string | Uint8Array): number | string {
  return typeof input === "string" ? Number(input) : input.join()
}

// eslint-disable-next-line typescript/no-explicit-any -- as in code that is no TypeScript yet
export const untyped = (value: any): any => value
export const unchecked = (value: unknown): unknown => value

export const rows = (n: number) =>
  Stream.range(0, n).pipe(
    Stream.mapEffect((i) => i > 3 ? Effect.fail(new TooBigError({ n })) : Effect.succeed(i))
  )
export const records = (sql: string) => Stream.fromEffect(Effect.flatMap(Database, ({ query }) => query(sql)))
export const lines = async function*(path: string) {
  yield path
}
export const ticks = (n: number): AsyncIterable<Date> => Stream.toAsyncIterable(Stream.make(new Date(n)))

export const lookup = (id: string) => Effect.flatMap(Database, ({ query }) => query(id))
export const lookupCached = Effect.fn("lookupCached")(function*(id: string) {
  const key = yield* (yield* Cache).get(id)
  return yield* (yield* Database).query(key)
})
export const inScope = (): Effect.Effect<number, never, Scope.Scope | Database> =>
  Effect.as(Effect.andThen(Effect.scope, Database), 1)
export const inThread = () => Effect.flatMap(Thread.fork(Random.next), Thread.join)
export const inAnyThread = (): Effect.Effect<void, never, ThreadGroup.ThreadGroup | Scope.Scope> => Effect.void

const inner = Task.module<typeof import("./inner.ts")>(new URL("./inner.ts", import.meta.url))
export const nested = (n: number) => inner.leaf(n)
export const nestedQuery = (n: number) => inner.leafQuery(n)
export const nestedBoth = (n: number) => Effect.andThen(inner.leafQuery(n), Cache)

export const answer = 42
export const once: Effect.Effect<number, TooBigError> = Effect.succeed(1)
export const Point = Schema.Struct({ x: Schema.Number })
export class User extends Schema.Class<User>("typetest/tasks/User")({ id: Schema.Number }) {}
export abstract class Shape {
  abstract readonly area: number
}
export const counting = function*(to: number) {
  for (let i = 0; i < to; i++) yield i
}
export const table = { a: 1 }

export default (n: number): string => String(n)
