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
import type { Mode } from "./protocol.ts"
import { StreamJob } from "./streamJob.ts"
import { TaskError, Unserializable } from "./taskError.ts"
import type { RemoteTask } from "./taskModule.ts"
import { WorkerPool } from "./workerPool.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>

interface RemoteCall {
  readonly task: { readonly [M in Mode]: RemoteTask }
  readonly args: ReadonlyArray<unknown>
}

const asEffect = ({ args, task: { effect } }: RemoteCall, fiber: AnyFiber): Effect.Effect<unknown, unknown> => {
  const pool = Context.getUnsafe(fiber.context, WorkerPool)
  try {
    return new EffectJob(effect, args, pool, fiber).admitted
  } catch (error) {
    return Effect.fail(notCalled(effect, error))
  }
}

const asStream = ({ args, task: { stream } }: RemoteCall): Stream.Stream<unknown, unknown> =>
  Stream.unwrap(Effect.withFiber((fiber) => {
    const pool = Context.getUnsafe(fiber.context, WorkerPool)
    try {
      return new StreamJob(stream, args, pool, fiber).open
    } catch (error) {
      return Effect.fail(notCalled(stream, error))
    }
  }))

const notCalled = ({ label }: RemoteTask, error: unknown): TaskError => {
  if (error instanceof Unserializable) return new TaskError({ task: label, reason: error })
  throw error
}

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
  task: RemoteCall["task"],
  args: ReadonlyArray<unknown>
) {
  this.task = task
  this.args = args
} as unknown as new(task: RemoteCall["task"], args: ReadonlyArray<unknown>) => RemoteCall
RemoteCall.prototype = prototype

export const makeCall = (task: RemoteCall["task"], args: ReadonlyArray<unknown>): object => new RemoteCall(task, args)
