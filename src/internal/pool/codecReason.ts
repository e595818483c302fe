/** The reasons of a cause, with the stack frames that Effect notes on them. */
import * as Cause from "effect/Cause"
import type { StackFrame } from "effect/References"
import type { Kind } from "./codecKind.ts"

/** A frame as text: innermost first. */
type Frames = ReadonlyArray<readonly [name: string, stack: string | undefined]>

type Annotations = ReadonlyArray<readonly [key: string, Frames]>

const annotationKeys = [Cause.StackTrace.key, Cause.InterruptorStackTrace.key]

/** `key` is the name of what the reason is about. Other annotations than stack frames stay behind. */
export const reasonKind = (sample: Cause.Reason<unknown>, key: string): Kind<Cause.Reason<unknown>, Annotations> => ({
  name: sample._tag,
  meta: ({ annotations }) =>
    annotationKeys.flatMap((key) => {
      const frame = annotations.get(key) as StackFrame | undefined
      return frame === undefined ? [] : [[key, framesOf(frame)]]
    }),
  parts: (reason) => [reason[key as keyof typeof reason]],
  pathTo: () => `.${key}`,
  // A defect is for people to read.
  isForReading: () => sample._tag === "Die",
  make: () => Object.assign(Object.create(Object.getPrototypeOf(sample) as object), sample),
  fill(reason, [part], annotations) {
    Object.assign(reason, { [key]: part })
    if (annotations.length === 0) return
    Object.assign(reason, { annotations: new Map(annotations.map(([key, frames]) => [key, frameOf(frames)])) })
  }
})

// More of them are not shown.
const maxFrames = 10

const framesOf = (frame: StackFrame): Frames => {
  const frames: Array<Frames[number]> = []
  for (let next: StackFrame | undefined = frame; next !== undefined && frames.length < maxFrames; next = next.parent) {
    frames.push([next.name, next.stack()])
  }
  return frames
}

const frameOf = (frames: Frames): StackFrame | undefined =>
  frames.reduceRight<StackFrame | undefined>(
    (parent, [name, stack]) => ({ name, stack: () => stack, parent }),
    undefined
  )
