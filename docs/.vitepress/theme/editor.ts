/** The editor of a program: CodeMirror, in the site's colours. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands"
import { javascript } from "@codemirror/lang-javascript"
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language"
import { EditorState, StateEffect, StateField } from "@codemirror/state"
import type { Extension } from "@codemirror/state"
import { Decoration, drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view"
import type { DecorationSet } from "@codemirror/view"
import { tags } from "@lezer/highlight"
import type { Place } from "../../runner/protocol.ts"

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment], color: "var(--code-comment)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--code-function)" },
  { tag: [tags.typeName, tags.className], color: "var(--code-type)" }
])

const look = EditorView.theme({
  "&": { fontSize: "var(--vp-code-font-size)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--vp-font-family-mono)", lineHeight: "var(--vp-code-line-height)" },
  ".cm-content": { caretColor: "var(--vp-c-brand-1)", padding: "12px 0" },
  ".cm-gutters": { backgroundColor: "transparent", border: "none", color: "var(--vp-c-text-3)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--vp-c-default-soft)" },
  ".cm-cursor": { borderLeftColor: "var(--vp-c-brand-1)" },
  ".cm-selectionBackground": { backgroundColor: "var(--vp-c-brand-soft) !important" },
  ".cm-problem": { backgroundColor: "var(--vp-c-danger-soft)", boxShadow: "inset 3px 0 var(--vp-c-danger-1)" }
})

const setProblem = StateEffect.define<number | undefined>()

/** The line that is at fault, until it is edited. */
const problem = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    let next = transaction.docChanged ? Decoration.none : marks
    for (const effect of transaction.effects) {
      if (!effect.is(setProblem)) continue
      const line = effect.value
      next = line === undefined || line > transaction.state.doc.lines
        ? Decoration.none
        : Decoration.set(Decoration.line({ class: "cm-problem" }).range(transaction.state.doc.line(line).from))
    }
    return next
  },
  provide: (field) => EditorView.decorations.from(field)
})

export interface Editor {
  show(source: string): void
  mark(place: Place | undefined): void
  focus(): void
  destroy(): void
}

export interface EditorOptions {
  readonly parent: HTMLElement
  readonly label: string
  readonly changed: (source: string) => void
  readonly run: () => void
}

export const makeEditor = ({ changed, label, parent, run }: EditorOptions): Editor => {
  const extensions: Extension = [
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    highlightActiveLine(),
    javascript({ typescript: true }),
    syntaxHighlighting(colours),
    look,
    problem,
    // Tab leaves the editor, as it does every other field.
    keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }, ...defaultKeymap, ...historyKeymap]),
    EditorView.contentAttributes.of({ "aria-label": label }),
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) changed(state.doc.toString())
    })
  ]
  const view = new EditorView({ parent })
  return {
    show: (source) => view.setState(EditorState.create({ doc: source, extensions })),
    mark: (place) => {
      view.dispatch({ effects: setProblem.of(place?.line) })
      if (place === undefined || place.line > view.state.doc.lines) return
      const { from } = view.state.doc.line(place.line)
      // Within the editor alone: the page stays where it is.
      const { top } = view.lineBlockAt(from)
      view.scrollDOM.scrollTop = Math.max(0, top - view.scrollDOM.clientHeight / 2)
    },
    focus: () => view.focus(),
    destroy: () => view.destroy()
  }
}
