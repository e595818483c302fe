import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as ts from "@typescript/typescript6"
import { Deferred, Effect, Exit, FileSystem, Layer, Option, PlatformError, Ref, Sink, Stdio } from "effect"
import { Event, Thread, ThreadGroup } from "effect-threading"
import { TestClock } from "effect/testing"
import { accessSync, chmodSync, constants, readFileSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { census } from "../../examples/census/census.ts"
import { compare } from "../../examples/census/compare.ts"
import { timedCensus } from "../../examples/census/engine.ts"
import { forEachIdentifier } from "../../examples/census/identifiers.ts"
import { makeReport } from "../../examples/census/report.ts"
import { inline, inlineReading } from "./censusFiles.ts"
import { findFiles, makeAwkwardFolder, makeFolder, sha256sumDuplicates, totals, wc } from "./censusTree.ts"

const effectSources = "node_modules/effect/src"

const noTerminal = Stdio.layerTest({})

/** Where folders are read, some of them not. */
const lockedFolders = (isLocked: (path: string) => boolean) =>
  Layer.effect(FileSystem.FileSystem)(Effect.map(FileSystem.FileSystem, (node) => ({
    ...node,
    readDirectoryEntries: (path: string) => isLocked(path) ? denied(path) : node.readDirectoryEntries(path)
  }))).pipe(Layer.provide(NodeFileSystem.layer))

const count = Effect.fnUntraced(function*(
  folder: string,
  options: { readonly threads?: number; readonly stop?: Event.Event } = {}
) {
  const stop = options.stop ?? (yield* Event.make())
  return makeReport(yield* ThreadGroup.supervise(census({ folder, threads: options.threads ?? 3, stop })), 10)
})

const onNode = Effect.provide([NodeFileSystem.layer, noTerminal, inline])

const reading = (...args: Parameters<typeof inlineReading>) =>
  Effect.provide([NodeFileSystem.layer, noTerminal, inlineReading(...args)])

const denied = (path: string) =>
  Effect.fail(PlatformError.systemError({
    _tag: "PermissionDenied",
    module: "FileSystem",
    method: "open",
    pathOrDescriptor: path
  }))

describe("the census agrees with", { timeout: 60_000 }, () => {
  it.effect("find and wc on awkward names and contents, file by file", () =>
    Effect.gen(function*() {
      using tree = makeAwkwardFolder()
      const expected = wc(findFiles(tree.folder))
      const stop = yield* Event.make()
      for (const threads of [1, 2]) {
        const [, { totals: counted }] = yield* timedCensus({ folder: tree.folder, threads, stop })
        assert.deepStrictEqual(
          counted.files
            .map(({ bytes, lines, path, words }) => ({ path, lines, words, bytes }))
            .sort((a, b) => a.path < b.path ? -1 : 1),
          expected
        )
        assert.deepStrictEqual(counted.unreadable, [])
      }
    }).pipe(onNode))

  it.effect("find and wc on real sources, with one thread, with OS threads and with more workers than those", () =>
    Effect.gen(function*() {
      const folder = `${effectSources}/sql`
      const expected = totals(folder)
      const stop = yield* Event.make()
      for (const threads of [1, 2, 7]) {
        const counting = threads === 7
          ? ThreadGroup.supervise(census({ folder, threads, stop }))
          : Effect.map(timedCensus({ folder, threads, stop }), ([, counted]) => counted)
        const { bytes, files, lines, words } = makeReport(yield* counting, 10)
        assert.deepStrictEqual({ files, bytes, lines, words }, expected)
      }
      assert.isAbove(expected.files, 10)
    }).pipe(onNode))

  it.effect("sha256sum about which files have the same content", () =>
    Effect.gen(function*() {
      using tree = makeAwkwardFolder()
      const { duplicates } = yield* count(tree.folder)
      assert.deepStrictEqual(
        Object.fromEntries(duplicates.map(({ paths, sha256 }) => [sha256, paths])),
        sha256sumDuplicates(findFiles(tree.folder))
      )
      assert.deepStrictEqual(
        duplicates.map(({ paths, size, wasted }) => [paths.length, size, wasted]),
        [[2, 4_096, 4_096], [2, 21, 21], [2, 0, 0]]
      )
    }).pipe(onNode))

  it.effect("compressors about what is left of a file", () =>
    Effect.gen(function*() {
      using tree = makeFolder({ "same.txt": "the same again ".repeat(100_000), "empty.txt": "" })
      assert.isBelow((yield* count(tree.folder)).packed, 1_000)
      const { bytes, packed } = yield* count(`${effectSources}/sql`)
      const gzipped = findFiles(`${effectSources}/sql`).map((path) => gzipSync(readFileSync(path)).length)
      assert.isBelow(packed, bytes / 3)
      assert.closeTo(packed / gzipped.reduce((a, b) => a + b), 0.9, 0.1)
    }).pipe(onNode))

  it("TypeScript's parser about the identifiers of a file", () => {
    // Members of a class named like a keyword are left out: a tokenizer cannot tell them from the keyword.
    for (const name of ["Effect.ts", "Schema.ts", "cli/Prompt.ts", "http/HttpTraceContext.ts", "encoding/Yaml.ts"]) {
      const text = readFileSync(`${effectSources}/${name}`, "utf8")
      const ours: Array<string> = []
      forEachIdentifier("ts", text, (identifier) => ours.push(identifier))
      const theirs: Array<string> = []
      const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest)
      const visit = (node: ts.Node): void => {
        if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
          forEachIdentifier("ts", node.getText(source), (identifier) => theirs.push(identifier))
        }
        ts.forEachChild(node, visit)
      }
      visit(source)
      assert.deepStrictEqual(ours.sort(), theirs.sort(), name)
      assert.isAbove(ours.length, 100, name)
    }
  })
})

describe("the census", { timeout: 60_000 }, () => {
  it.effect("gives each worker its share, and the shares add up to the whole", () =>
    Effect.gen(function*() {
      const { bytes, files, threads } = yield* count(`${effectSources}/internal`, { threads: 4 })
      assert.deepStrictEqual(threads.map(({ thread }) => thread), ["worker_0", "worker_1", "worker_2", "worker_3"])
      assert.strictEqual(threads.reduce((total, share) => total + share.files, 0), files)
      assert.strictEqual(threads.reduce((total, share) => total + share.bytes, 0), bytes)
      assert.closeTo(threads.reduce((total, share) => total + share.percent, 0), 100, 0.3)
    }).pipe(onNode))

  it.effect("has all its workers, though there is nothing to do for them", () =>
    Effect.gen(function*() {
      using tree = makeFolder({})
      const report = yield* count(tree.folder, { threads: 2 })
      assert.deepStrictEqual(report, {
        files: 0,
        bytes: 0,
        packed: 0,
        lines: 0,
        words: 0,
        types: [],
        identifiers: [],
        duplicates: [],
        slowest: [],
        threads: [
          { thread: "worker_0", files: 0, bytes: 0, percent: 0 },
          { thread: "worker_1", files: 0, bytes: 0, percent: 0 }
        ],
        unreadable: [],
        partial: false
      })
    }).pipe(onNode))

  it.effect("counts a folder that is named by a symbolic link", () =>
    Effect.gen(function*() {
      using tree = makeFolder({ "real/a.txt": "a\n" })
      symlinkSync("real", join(tree.folder, "link"))
      assert.strictEqual((yield* count(join(tree.folder, "link"))).files, 1)
      assert.strictEqual((yield* count(tree.folder)).files, 1)
    }).pipe(onNode))

  it.effect("sorts types by size, and gives unreadable files a place in theirs", () =>
    Effect.gen(function*() {
      using tree = makeFolder({ "a.ts": "const a = b(b)\n", "b.TS": "b\n", "secret.ts": "x", "LICENSE": "MIT\n" })
      const report = yield* count(tree.folder)
      assert.deepStrictEqual(report.types.map(({ packed: _, ...type }) => type), [
        { type: "ts", files: 3, bytes: 17, lines: 2, words: 5 },
        { type: "(none)", files: 1, bytes: 4, lines: 1, words: 1 }
      ])
      assert.strictEqual(report.files, 4)
      assert.deepStrictEqual(report.identifiers, [{ name: "b", count: 3 }, { name: "a", count: 1 }])
      assert.deepStrictEqual(report.unreadable, [
        { path: join(tree.folder, "secret.ts"), kind: "file", reason: "permission denied" }
      ])
    }).pipe(reading((asEver) => (path, found) => path.endsWith("secret.ts") ? denied(path) : asEver(path, found))))

  it.effect("goes on after a file that vanished and a folder that cannot be read", () =>
    Effect.gen(function*() {
      using tree = makeFolder({ "a.txt": "a\n", "gone.txt": "gone\n", "locked/b.txt": "b\n", "z/c.txt": "c\n" })
      const report = yield* count(tree.folder).pipe(Effect.provide(lockedFolders((path) => path.endsWith("locked"))))
      assert.deepStrictEqual(report.unreadable, [
        { path: join(tree.folder, "gone.txt"), kind: "file", reason: "no longer there" },
        { path: join(tree.folder, "locked"), kind: "folder", reason: "permission denied" }
      ])
      assert.deepStrictEqual([report.files, report.lines, report.partial], [3, 2, false])
    }).pipe(reading((asEver) => (path, found) => {
      if (path.endsWith("gone.txt")) rmSync(path)
      return asEver(path, found)
    })))

  it.effect("lists the file that its user may not read, unless the user may read all", () =>
    Effect.gen(function*() {
      using tree = makeFolder({ "a.txt": "a\n", "secret.txt": "secret\n" })
      const secret = join(tree.folder, "secret.txt")
      chmodSync(secret, 0)
      const mayRead = Exit.isSuccess(yield* Effect.exit(Effect.try(() => accessSync(secret, constants.R_OK))))
      const report = yield* count(tree.folder)
      assert.strictEqual(report.files, 2)
      assert.strictEqual(report.lines, mayRead ? 2 : 1)
      assert.deepStrictEqual(
        report.unreadable,
        mayRead ? [] : [{ path: secret, kind: "file", reason: "permission denied" }]
      )
    }).pipe(onNode))

  it.effect("reads as many files at once as there are workers, and each of them one", () =>
    Effect.gen(function*() {
      using tree = makeFolder(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${n}.txt`, `${n}\n`])))
      const gate = yield* Event.make()
      let open = 0
      let most = 0
      const layer = inlineReading((asEver) => (path, found) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            most = Math.max(most, ++open)
          }),
          () =>
            Effect.suspend(() => open === 4 ? Event.set(gate) : Effect.void).pipe(
              Effect.andThen(Event.wait(gate)),
              Effect.andThen(asEver(path, found))
            ),
          () => Effect.sync(() => open--)
        )
      )
      const { files, threads } = yield* count(tree.folder, { threads: 4 }).pipe(Effect.provide(layer))
      assert.deepStrictEqual([files, most, open], [100, 4, 0])
      for (const share of threads) assert.isAbove(share.files, 0)
    }).pipe(Effect.provide([NodeFileSystem.layer, noTerminal])))

  it.effect("counts the same on one thread and on several, down to the last identifier", () =>
    Effect.gen(function*() {
      const stop = yield* Event.make()
      const folder = `${effectSources}/sql`
      const { files, runs, sameTotals } = Option.getOrThrow(yield* compare({ folder, threads: 2, stop }))
      assert.deepStrictEqual([files, sameTotals], [findFiles(folder).length, true])
      assert.deepStrictEqual(runs.map(({ threads }) => threads), [1, 2])
    }).pipe(Effect.provide([NodeFileSystem.layer, noTerminal])))
})

/** A folder whose second file, `b.txt`, cannot be read to its end. `reached` says that a reader hangs there. */
const withHangingFile = Effect.gen(function*() {
  const reached = yield* Deferred.make<void>()
  const pool = inlineReading((asEver) => (path, found) =>
    path.endsWith("b.txt") ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never) : asEver(path, found)
  )
  const tree = makeFolder({ "a.txt": "counted\n", "b.txt": "hangs\n", "c/d.txt": "not reached\n" })
  return { folder: tree.folder, tree, reached, layer: Layer.merge(NodeFileSystem.layer, pool) }
})

describe("the census, stopped", () => {
  it.effect("hands in what was counted before, and says that this is not all", () =>
    Effect.gen(function*() {
      const { folder, layer, reached, tree } = yield* withHangingFile
      using _ = tree
      const stop = yield* Event.make()
      const stopping = yield* Thread.fork(Effect.andThen(Deferred.await(reached), Event.set(stop)))
      const report = yield* count(folder, { threads: 1, stop }).pipe(Effect.provide(layer))
      yield* Thread.join(stopping)
      assert.deepStrictEqual([report.files, report.lines, report.partial], [1, 1, true])
      assert.deepStrictEqual(report.threads, [{ thread: "worker_0", files: 1, bytes: 8, percent: 100 }])
    }).pipe(Effect.provide(noTerminal), ThreadGroup.supervise))

  it.effect("before it began, counts nothing", () =>
    Effect.gen(function*() {
      const stop = yield* Event.make()
      yield* Event.set(stop)
      const report = yield* count(effectSources, { stop })
      assert.deepStrictEqual([report.files, report.partial], [0, true])
    }).pipe(onNode))

  it.effect("ends by a defect in a worker, though the walker has more than the buffer holds", () =>
    Effect.gen(function*() {
      using tree = makeFolder(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`${n}.txt`, ""])))
      const exit = yield* Effect.exit(
        count(tree.folder, { threads: 2 }).pipe(reading(() => () => Effect.die("broken")))
      )
      assert.deepStrictEqual(exit, Exit.die("broken"))
      assert.deepStrictEqual((yield* Thread.enumerate).filter(({ name }) => /walker|worker/.test(name)), [])
    }).pipe(Effect.provide(noTerminal)))
})

describe("the progress line", () => {
  const shownOn = Effect.fnUntraced(function*(terminal: { readonly stdout: boolean; readonly stderr: boolean }) {
    const { folder, layer, reached, tree } = yield* withHangingFile
    using _ = tree
    const written = yield* Ref.make("")
    const stdio = Stdio.layerTest({
      stdoutIsTerminal: Effect.succeed(terminal.stdout),
      stderrIsTerminal: Effect.succeed(terminal.stderr),
      stderr: () => Sink.forEach((text) => Ref.update(written, (before) => before + text))
    })
    const stop = yield* Event.make()
    const counting = yield* Thread.fork(Effect.provide(count(folder, { threads: 1, stop }), [layer, stdio]))
    yield* Deferred.await(reached)
    yield* TestClock.adjust("200 millis")
    const daemons = (yield* Thread.enumerate).filter(({ daemon, name }) => daemon && name === "progress")
    yield* Event.set(stop)
    yield* Thread.join(counting)
    return { daemons: daemons.length, written: yield* Ref.get(written) }
  }, ThreadGroup.supervise)

  it.effect("is written again every tenth of a second by a daemon, and wiped in the end", () =>
    Effect.gen(function*() {
      const { daemons, written } = yield* shownOn({ stdout: true, stderr: true })
      const wipe = "\r\u001b[K"
      const after = `${wipe}counted 1 file, 8 B …`
      assert.strictEqual(written, `${wipe}counted 0 files, 0 B …${after}${after}${wipe}`)
      assert.strictEqual(daemons, 1)
    }))

  it.effect("is not there if one of the outputs is a pipe", () =>
    Effect.gen(function*() {
      for (const terminal of [{ stdout: true, stderr: false }, { stdout: false, stderr: true }]) {
        assert.deepStrictEqual(yield* shownOn(terminal), { daemons: 0, written: "" })
      }
    }))
})
