import { type Cause, Context, Effect, type Exit, type Option, type Scope, type Stream } from "effect"
import { Thread, type ThreadGroup } from "effect-threading"
import { describe, expect, test } from "tstyche"

class Store extends Context.Service<Store, { readonly size: number }>()("typetest/Store") {}

declare const effect: Effect.Effect<number, "boom", Store | Scope.Scope>
declare const unstarted: Thread.Unstarted<number, "boom">
declare const thread: Thread.Thread<number, "boom">
declare const maybe: Thread.Options | undefined

type Forked = Effect.Effect<Thread.Thread<number, "boom">, never, Store | ThreadGroup.ThreadGroup>
type Made = Effect.Effect<Thread.Unstarted<number, "boom">, never, Store | ThreadGroup.ThreadGroup>

describe("Thread", () => {
  test("fork has one type in all its forms: the thread's own Scope is not asked for, a group is", () => {
    expect(Thread.fork(effect)).type.toBe<Forked>()
    expect(Thread.fork(effect, { name: "worker", daemon: true })).type.toBe<Forked>()
    expect(Thread.fork(effect, undefined)).type.toBe<Forked>()
    expect(Thread.fork(effect, maybe)).type.toBe<Forked>()
    expect(Thread.fork(effect, { name: undefined, daemon: undefined })).type.toBe<Forked>()
    expect(effect.pipe(Thread.fork)).type.toBe<Forked>()
    expect(effect.pipe(Thread.fork({ name: "worker" }))).type.toBe<Forked>()
    expect(effect.pipe(Thread.fork())).type.toBe<Forked>()
    expect(effect.pipe(Thread.fork(undefined))).type.toBe<Forked>()
    expect(effect.pipe(Thread.fork(maybe))).type.toBe<Forked>()
  })

  test("make does as fork does", () => {
    expect(Thread.make(effect)).type.toBe<Made>()
    expect(Thread.make(effect, { daemon: true })).type.toBe<Made>()
    expect(Thread.make(effect, maybe)).type.toBe<Made>()
    expect(effect.pipe(Thread.make)).type.toBe<Made>()
    expect(effect.pipe(Thread.make({ name: "worker" }))).type.toBe<Made>()
    expect(effect.pipe(Thread.make(maybe))).type.toBe<Made>()
  })

  test("fork infers in functions that are generic themselves", () => {
    const background = <A, E, R>(self: Effect.Effect<A, E, R>) => Thread.fork(self, { daemon: true })
    expect(background(effect)).type.toBe<Forked>()
    const roundTrip = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.flatMap(Thread.fork(self), Thread.join)
    expect(roundTrip(effect)).type.toBe<Effect.Effect<number, "boom", Store | ThreadGroup.ThreadGroup>>()
  })

  test("fork refuses options that there are not, and what is no effect", () => {
    expect(Thread.fork).type.not.toBeCallableWith(effect, { nome: "worker" })
    expect(Thread.fork).type.not.toBeCallableWith(effect, { daemon: "yes" })
    expect(Thread.fork).type.not.toBeCallableWith(() => 1)
    expect(Thread.fork).type.not.toBeCallableWith(effect, "worker")
  })

  test("a thread without a group does not run", () => {
    const forked = Effect.void.pipe(Thread.fork)
    expect<Effect.Services<typeof forked>>().type.toBe<ThreadGroup.ThreadGroup>()
    expect(Effect.runPromise).type.not.toBeCallableWith(forked)
    expect(Effect.runFork).type.not.toBeCallableWith(forked)
    expect(Effect.runSync).type.not.toBeCallableWith(forked)
  })

  test("start takes a thread that was not started, once", () => {
    expect(Thread.start(unstarted)).type.toBe<Effect.Effect<Thread.Thread<number, "boom">>>()
    expect(Thread.start).type.not.toBeCallableWith(thread)
    expect(Effect.flatMap(Thread.make(effect), Thread.start)).type.toBe<Forked>()
  })

  test("join, await and interrupt take a thread that was started", () => {
    expect(Thread.join(thread)).type.toBe<Effect.Effect<number, "boom">>()
    expect(Thread.await(thread)).type.toBe<Effect.Effect<Exit.Exit<number, "boom">>>()
    expect(Thread.interrupt(thread)).type.toBe<Effect.Effect<void>>()
    expect(Thread.join).type.not.toBeCallableWith(unstarted)
    expect(Thread.await).type.not.toBeCallableWith(unstarted)
    expect(Thread.interrupt).type.not.toBeCallableWith(unstarted)
  })

  test("state, changes and isAlive take both", () => {
    expect(Thread.state(unstarted)).type.toBe<Effect.Effect<Thread.State<number, "boom">>>()
    expect(Thread.state(thread)).type.toBe<Effect.Effect<Thread.State<number, "boom">>>()
    expect(Thread.changes(unstarted)).type.toBe<Stream.Stream<Thread.State<number, "boom">>>()
    expect(Thread.changes(thread)).type.toBe<Stream.Stream<Thread.State<number, "boom">>>()
    expect(Thread.isAlive(unstarted)).type.toBe<Effect.Effect<boolean>>()
    expect(Thread.isAlive(thread)).type.toBe<Effect.Effect<boolean>>()
  })

  test("the five states, of which two tell more", () => {
    type State = Thread.State<number, "boom">
    expect<State["_tag"]>().type.toBe<"New" | "Runnable" | "Running" | "Blocked" | "Terminated">()
    expect<Extract<State, { _tag: "Terminated" }>["exit"]>().type.toBe<Exit.Exit<number, "boom">>()
    expect<Extract<State, { _tag: "Blocked" }>["on"]["name"]>().type.toBe<string>()
    expect<Extract<State, { _tag: "Running" }>>().type.not.toHaveProperty("exit")
  })

  test("every thread has its name and ident to read, not to write", () => {
    expect(thread).type.toBeAssignableTo<Thread.Any>()
    expect(unstarted).type.toBeAssignableTo<Thread.Any>()
    expect(thread.ident).type.toBe<number>()
    expect(thread.name).type.toBe<string>()
    expect(thread.daemon).type.toBe<boolean>()
    expect<Thread.Any>().type.toBe<{ readonly ident: number; readonly name: string; readonly daemon: boolean }>()
  })

  test("a thread is covariant, and not built by hand", () => {
    expect(thread).type.toBeAssignableTo<Thread.Thread<unknown, unknown>>()
    expect(thread).type.not.toBeAssignableTo<Thread.Thread<number>>()
    expect(Thread.join).type.not.toBeCallableWith({ ident: 1, name: "worker", daemon: false })
  })

  test("what asks for the current thread asks for a group", () => {
    type Current = Effect.Effect<Thread.Thread<unknown, unknown>, never, ThreadGroup.ThreadGroup>
    expect(Thread.current).type.toBe<Current>()
    expect(Thread.main).type.toBe<Current>()
    expect(Thread.currentOption).type.toBe<Effect.Effect<Option.Option<Thread.Thread<unknown, unknown>>>>()
    expect(Thread.enumerate).type.toBe<Effect.Effect<ReadonlyArray<Thread.Thread<unknown, unknown>>>>()
    expect(Thread.activeCount).type.toBe<Effect.Effect<number>>()
    expect(Thread.nativeId).type.toBe<number>()
  })

  test("the hook is told of the thread and the cause, may do what it likes, and may not fail", () => {
    const hooked = Effect.provideService(Effect.void, Thread.ExceptHook, ({ cause, thread }) => {
      expect(cause).type.toBe<Cause.Cause<unknown>>()
      expect(thread.name).type.toBe<string>()
      return Effect.logError(thread.name, cause)
    })
    expect(hooked).type.toBe<Effect.Effect<void>>()
    expect(Thread.ExceptHook.defaultValue()).type.not.toBeCallableWith({
      thread: unstarted,
      cause: {} as Cause.Cause<unknown>
    })
    expect(Thread.ExceptHook.defaultValue()).type.toBeCallableWith({ thread, cause: {} as Cause.Cause<unknown> })
    expect<() => Effect.Effect<void, "boom">>().type.not.toBeAssignableTo<typeof Thread.ExceptHook["Service"]>()
  })
})
