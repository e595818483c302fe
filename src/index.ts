/**
 * Python's `threading` and `concurrent.futures` for Effect programs: threads with a life cycle, the primitives they
 * synchronise with, thread-locals, executors and futures.
 *
 * @since 0.1.0
 */
export * as Barrier from "./Barrier.ts"
export * as Condition from "./Condition.ts"
export * as Deadlock from "./Deadlock.ts"
export * as Event from "./Event.ts"
export * as Future from "./Future.ts"
export * as Lock from "./Lock.ts"
export * as ReadWriteLock from "./ReadWriteLock.ts"
export * as RLock from "./RLock.ts"
export * as Semaphore from "./Semaphore.ts"
export * as SharedRef from "./SharedRef.ts"
export * as Task from "./Task.ts"
export * as Thread from "./Thread.ts"
export * as ThreadGroup from "./ThreadGroup.ts"
export * as ThreadLocal from "./ThreadLocal.ts"
export * as ThreadPoolExecutor from "./ThreadPoolExecutor.ts"
export * as Timer from "./Timer.ts"
export * as WorkerPool from "./WorkerPool.ts"
