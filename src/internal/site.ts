/**
 * Where in the program something was done, for those who have to tell: the source position that the development mode of
 * `Deadlock.layerSites` noted, or else what Effect keeps anyway, its own stack frames and the current span.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"

const Site: Context.Reference<string | undefined> = Context.Reference("effect-threading/Site", {
  defaultValue: (): string | undefined => undefined
})

/** How many want source positions. */
export let wanted = 0

/** Notes source positions until the answer is called. */
export const noteSites = (): () => void => {
  wanted++
  return () => {
    wanted--
  }
}

/** To be called where the user's code calls the library: the effect knows the position, if anybody wants that. */
export const sited = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  if (wanted === 0) return effect
  const place = callSite()
  return place === undefined ? effect : Effect.updateContext(
    effect,
    (context: Context.Context<R>) => Context.add(context, Site, place) as Context.Context<R>
  )
}

interface WithLimit {
  stackTraceLimit?: number
}

const withStackOf = <A>(frames: number, make: () => A): A => {
  const errors = Error as WithLimit
  const limit = errors.stackTraceLimit
  errors.stackTraceLimit = frames
  try {
    return make()
  } finally {
    errors.stackTraceLimit = limit as number
  }
}

/** Of an error that tells itself where things are, a stack would only show the library. */
export const withoutStack = <A>(make: () => A): A => withStackOf(0, make)

const callSite = (): string | undefined => {
  const { stack } = withStackOf(20, () => new Error())
  const positions = stack?.split("\n").map(positionOf).filter((position) => position !== undefined) ?? []
  // The first is this function; so this is where the library lies.
  const library = positions[0]?.slice(0, positions[0].lastIndexOf("internal/"))
  const outside = positions.find((position) =>
    !position.startsWith(library!) && !position.startsWith("node:")
    // Effect's own `pipe` stands between this library and its user.
    && !isEffect(position)
  )
  return outside && fileOf(outside)
}

const isEffect = (position: string): boolean => position.includes("/node_modules/effect/")

const fileOf = (position: string): string => position.slice(position.lastIndexOf("/") + 1)

const positionOf = (line: string): string | undefined =>
  /\(([^()]+:\d+:\d+)\)\s*$/.exec(line)?.[1] ?? /\bat (?:async )?(\S+:\d+:\d+)\s*$/.exec(line)?.[1]

/** Where whoever has this context is, innermost first. */
export const placeOf = (context: Context.Context<never>): string | undefined => {
  const site = Context.get(context, Site)
  if (site !== undefined) return site
  const frames: Array<string> = []
  let isPlaced = false
  for (
    let frame = Context.get(context, References.CurrentStackFrame);
    frame !== undefined && frames.length < 4;
    frame = frame.parent
  ) {
    if (frame.name.endsWith(" (definition)")) continue
    const position: string | undefined = isPlaced
      ? undefined
      : positionOf(` at ${frame.stack()?.replace(/^at /, "") ?? ""}`)
    isPlaced ||= position !== undefined && !isEffect(position)
    frames.push(isPlaced && position !== undefined ? `${frame.name} (${fileOf(position)})` : frame.name)
  }
  if (frames.length > 0) return frames.join(" < ")
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  return span?._tag === "Span" ? span.name : undefined
}
