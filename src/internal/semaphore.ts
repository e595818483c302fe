/** The semaphore under `Semaphore`: permits that are free, and who waits for how many. */
import * as Schema from "effect/Schema"
import type { Source } from "./holding.ts"
import { knowErrors } from "./knownErrors.ts"
import { nextName } from "./names.ts"
import type { Waitable } from "./waiting.ts"
import { WaitQueue } from "./waitQueue.ts"

/**
 * The defect of releasing more permits of a bounded semaphore than were acquired. Nothing was released.
 *
 * @since 0.1.0
 * @category errors
 */
export class SemaphoreReleasedTooOftenError extends Schema.TaggedError<SemaphoreReleasedTooOftenError>(
  "effect-threading/SemaphoreReleasedTooOftenError"
)("SemaphoreReleasedTooOftenError", { semaphore: Schema.String, permits: Schema.Number, bound: Schema.Number }) {
  override get message(): string {
    return `Semaphore.release: giving back ${this.permits} would leave ${this.semaphore} with more than its bound of `
      + `${this.bound}; nothing was released. Release what was acquired, once; withPermit pairs the two.`
  }
}

/**
 * The defect of a number of permits that no semaphore, or not this one, can have.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidPermitsError
  extends Schema.TaggedError<InvalidPermitsError>("effect-threading/InvalidPermitsError")(
    "InvalidPermitsError",
    { operation: Schema.String, permits: Schema.Number, advice: Schema.String }
  )
{
  override get message(): string {
    return `${this.operation}: ${this.permits} permits. ${this.advice}`
  }
}

knowErrors(SemaphoreReleasedTooOftenError, InvalidPermitsError)

/** So many permits, taken at once: by a scope or around an effect, or to be given back by whoever does. */
export class Request implements Source<Request> {
  readonly semaphore: SemaphoreState
  readonly permits: number
  readonly isScoped: boolean

  constructor(semaphore: SemaphoreState, permits: number, isScoped: boolean) {
    this.semaphore = semaphore
    this.permits = permits
    this.isScoped = isScoped
  }

  attempt(): Request | undefined {
    return this.semaphore.queue.first === undefined && this.semaphore.take(this) ? this : undefined
  }

  queueFor(): WaitQueue<Request> {
    return this.semaphore.queue
  }

  end(request: Request): void {
    this.semaphore.giveBack(request.permits, request.isScoped)
  }
}

export class SemaphoreState implements Waitable {
  readonly kind = "Semaphore"
  private given: string | undefined
  private free: number
  readonly bound: number
  readonly queue: WaitQueue<Request>
  /** One permit around an effect, which is what most want. */
  readonly one = new Request(this, 1, true)
  private readonly bare = new Request(this, 1, false)

  constructor(
    permits: number,
    bound: number,
    name: string | undefined,
    queueOf?: (semaphore: never) => WaitQueue<Request>
  ) {
    this.free = permits
    this.bound = bound
    this.given = name || undefined
    this.queue = queueOf?.(this as never) ?? new WaitQueue<Request>(this, (queue) => this.settle(queue))
  }

  get name(): string {
    return this.given ??= nextName(this.kind)
  }

  get value(): number {
    return this.free
  }

  request(permits: number, isScoped: boolean, operation: string): Request {
    if (permits === 1) return isScoped ? this.one : this.bare
    check(operation, permits, 1)
    if (permits > this.bound) {
      throw new InvalidPermitsError({
        operation,
        permits,
        advice: `${this.name} has ${this.bound} in all, so this would wait for ever.`
      })
    }
    return new Request(this, permits, isScoped)
  }

  /** Takes what is asked for if it is free; whether others come first is not asked. */
  take({ permits }: Request): boolean {
    if (permits > this.free) return false
    this.free -= permits
    return true
  }

  // Waiting implies that the first waiter wants more than is free.
  protected settle(queue: WaitQueue<Request>): void {
    for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) {
      const request = waiter.request as Request
      if (!this.take(request)) return
      queue.grant(waiter, request)
    }
  }

  giveBack(permits: number, _isScoped: boolean): void {
    if (this.free + permits > this.bound) throw this.tooOften(permits, this.bound)
    this.free += permits
    this.queue.settle()
  }

  protected tooOften(permits: number, bound: number): SemaphoreReleasedTooOftenError {
    return new SemaphoreReleasedTooOftenError({ semaphore: this.name, permits, bound })
  }

  toString(): string {
    return `${this.name}(${this.value}${
      this.bound === Infinity ? "" : ` of ${this.bound}`
    } free, ${this.queue.size} waiting)`
  }

  toJSON(): unknown {
    return { _id: "Semaphore", name: this.name, free: this.value, waiting: this.queue.size }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

/** Dies unless it is a whole number from `least`. */
export const check = (operation: string, permits: number, least: number): void => {
  if (Number.isInteger(permits) && permits >= least) return
  throw new InvalidPermitsError({ operation, permits, advice: `Use a whole number from ${least}.` })
}
