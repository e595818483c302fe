/** Tasks that use whatever a bundle might break: classes, errors, services, streams, what they share with their caller. */
import { Data, Effect, Option, Schema, Stream } from "effect"
import { Task } from "effect-threading"
import { Step } from "./services.ts"
import { twice } from "./shared.ts"

export class Point {
  readonly x: number

  constructor(x: number) {
    this.x = x
  }

  get double(): number {
    return twice(this.x)
  }
}

// Not listed by the caller. A minifier gives it a name that another class has elsewhere.
export class Line {
  readonly points: ReadonlyArray<Point> = []
}

export class TooBig extends Data.TaggedError("TooBig")<{ readonly n: number }> {}

export class TooSmall extends Schema.TaggedError<TooSmall>("program/TooSmall")("TooSmall", { n: Schema.Number }) {}

export const double = (point: Point): Point => new Point(point.double)

export const half = (n: number): Effect.Effect<Option.Option<number>, TooBig | TooSmall> =>
  n > 10
    ? Effect.fail(new TooBig({ n }))
    : n < 0
    ? Effect.fail(new TooSmall({ n }))
    : Effect.succeed(n % 2 === 0 ? Option.some(n / 2) : Option.none())

export const steps = (count: number): Stream.Stream<number, never, Step> =>
  Stream.unwrap(Effect.map(Step, (step) => Stream.map(Stream.range(1, count), (n) => n * step)))

export const bytes = (length: number): Uint8Array => Task.transfer(new Uint8Array(length).fill(1))

export const spin = (): void => {
  for (;;) Task.checkpoint()
}
