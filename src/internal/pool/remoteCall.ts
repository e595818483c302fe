/**
 * What a task's function gives its caller: an effect that calls the task in a worker, and, since only the task's type tells which
 * of the two it is, the stream that does as well.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { EffectJob } from "./effectJob.ts"
import type { Call } from "./job.ts"
import type { Mode } from "./protocol.ts"
import { StreamJob } from "./streamJob.ts"
import { TaskError } from "./taskError.ts"
import type { Unserializable } from "./taskError.ts"
import type { TaskModule } from "./taskModule.ts"
import { transferOf } from "./transfer.ts"
import { WorkerPool } from "./workerPool.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>

interface RemoteCall {
  readonly module: TaskModule
  readonly name: string
  readonly args: ReadonlyArray<unknown>
}

const callOf = ({ args, module, name }: RemoteCall, mode: Mode, fiber: AnyFiber): Call => ({
  task: module.task(name, mode),
  args: module.codec.encode(args, "args"),
  header: module.headers.of(fiber.context),
  transfer: transferOf(args)
})

const asEffect = (call: RemoteCall, fiber: AnyFiber): Effect.Effect<unknown, unknown> => {
  const pool = Context.getUnsafe(fiber.context, WorkerPool)
  try {
    return new EffectJob(callOf(call, "effect", fiber), pool, fiber).run
  } catch (error) {
    return Effect.fail(notCalled(call, error))
  }
}

const asStream = (call: RemoteCall): Stream.Stream<unknown, unknown> =>
  Stream.unwrap(Effect.withFiber((fiber) => {
    const pool = Context.getUnsafe(fiber.context, WorkerPool)
    try {
      return new StreamJob(callOf(call, "stream", fiber), pool, fiber).open
    } catch (error) {
      return Effect.fail(notCalled(call, error))
    }
  }))

const notCalled = ({ module, name }: RemoteCall, reason: unknown): TaskError =>
  new TaskError({ task: module.task(name, "effect").label, reason: reason as Unserializable })

const prototype = Object.defineProperties(
  Effectable.Prototype<Effect.Effect<unknown, unknown> & RemoteCall>({
    label: "Task",
    evaluate(fiber) {
      return asEffect(this, fiber)
    }
  }),
  {
    [Stream.TypeId]: { value: (Stream.empty as unknown as { readonly [Stream.TypeId]: unknown })[Stream.TypeId] },
    channel: {
      get(this: RemoteCall) {
        return asStream(this).channel
      }
    }
  }
)

const RemoteCall = function(
  this: { -readonly [K in keyof RemoteCall]: RemoteCall[K] },
  module: TaskModule,
  name: string,
  args: ReadonlyArray<unknown>
) {
  this.module = module
  this.name = name
  this.args = args
} as unknown as new(module: TaskModule, name: string, args: ReadonlyArray<unknown>) => RemoteCall
RemoteCall.prototype = prototype

export const makeCall = (module: TaskModule, name: string, args: ReadonlyArray<unknown>): object =>
  new RemoteCall(module, name, args)
