/** A CodeMirror editor on a note: text, carets of others, undo of one's own work alone. No React in here. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { EditorState, StateEffect } from "@codemirror/state";
import { drawSelection, dropCursor, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { replicaNumber } from "../../crdt/base/ids.ts";
import { reachOf } from "../../crdt/sync/reach.ts";
import { diffText, type Splice } from "../../crdt/base/splice.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { agoText } from "../_client/ago-text.ts";
import { changesOf } from "./change-sets.ts";
import type { FormatId } from "./format-buttons.ts";
import { markdownSupport } from "./markdown.ts";
import { FORMATS } from "./markdown-commands.ts";
import { corruptEditor, NoteBinding } from "./note-binding.ts";
import { caretOf, type Person, presenceOf } from "./presence-state.ts";
import { pageNonce } from "./page-nonce.ts";
import type { RemoteCaret } from "./remote-carets.ts";

/** How often others are told where the caret is, and carets are drawn anew. */
const PRESENCE_MS = 60;
/** How often it is looked whether those who are shown are still heard of. */
const LOOK_MS = 1_000;

export interface NoteEditorOptions {
  readonly parent: HTMLElement;
  readonly note: NoteSession;
  readonly label: string;
  /** Whether the text can be read only. */
  readonly isReadOnly: boolean;
  readonly onRefused: (reason: string) => void;
  /** The text has changed, by whomever. */
  readonly onText: (text: string) => void;
}

export class NoteEditor {
  readonly #note: NoteSession;
  readonly #binding: NoteBinding;
  readonly #view: EditorView;
  readonly #isReadOnly: boolean;
  readonly #unsubscribe: () => void;
  #person: Person | null = null;
  #presenceTimer: ReturnType<typeof setTimeout> | null = null;
  #caretTimer: ReturnType<typeof setTimeout> | null = null;
  #lookTimer: ReturnType<typeof setTimeout> | null = null;
  /** What draws others' carets: nobody needs it who is alone. */
  #carets: "none" | "loading" | ((carets: readonly RemoteCaret[]) => void) = "none";
  #isDestroyed = false;

  constructor({ parent, note, label, isReadOnly, onRefused, onText }: NoteEditorOptions) {
    this.#note = note;
    this.#isReadOnly = isReadOnly;
    this.#binding = new NoteBinding(note, onRefused);
    const state = EditorState.create({
      doc: note.text(),
      extensions: [
        // A carriage return is a character like any other: offsets must be those of the replica.
        EditorState.lineSeparator.of("\n"),
        // Its style sheets are made by script, and carry the page's nonce.
        EditorView.cspNonce.of(pageNonce()),
        EditorState.readOnly.of(isReadOnly),
        lineNumbers(),
        history(),
        drawSelection(),
        dropCursor(),
        highlightActiveLine(),
        EditorView.lineWrapping,
        EditorView.perLineTextDirection.of(true),
        markdownSupport(),
        placeholder(isReadOnly ? "Nothing to read yet." : "Write something. Then open another replica and write there too."),
        keymap.of([
          { key: "Mod-b", run: FORMATS.bold, preventDefault: true },
          { key: "Mod-i", run: FORMATS.italic, preventDefault: true },
          ...defaultKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
        EditorView.contentAttributes.of({
          "aria-label": label,
          ...(isReadOnly ? { "aria-readonly": "true" } : {}),
          "aria-description": "To leave the text with the keyboard, press Escape, then Tab.",
          "data-testid": "editor",
          dir: "auto",
          tabindex: "0",
          spellcheck: "true",
          autocapitalize: "sentences",
        }),
        EditorView.domEventHandlers({ compositionend: () => this.#binding.compositionEnded() }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onText(update.state.doc.toString());
          if (update.docChanged || update.selectionSet || update.focusChanged) this.#announceSoon();
          if (update.docChanged) this.#drawCaretsSoon();
        }),
      ],
    });
    this.#view = new EditorView({ parent, state, dispatchTransactions: this.#binding.dispatch });
    this.#binding.attach(this.#view);
    onText(this.#view.state.doc.toString());
    this.#unsubscribe = note.session.subscribe(({ kind }) => {
      if (kind === "presence" || kind === "remote" || kind === "status") this.#drawCaretsSoon();
    });
    this.#drawCaretsSoon();
  }

  get view(): EditorView {
    return this.#view;
  }

  /** See NoteBinding. */
  editorText(): string | null {
    return this.#binding.editorText();
  }

  /** Who this tab is, as others see it. */
  setPerson(person: Person): void {
    this.#person = person;
    this.#announceSoon();
  }

  focus(): void {
    this.#view.focus();
  }

  /** Types `text` at `index` as a person would, so that it can be undone. */
  insert(index: number, text: string): void {
    this.restore([{ index: Math.min(index, this.#view.state.doc.length), remove: 0, insert: text }]);
  }

  /** Makes `splices`, which refer to the text as it is, as one edit that can be undone, and goes behind the first. */
  restore(splices: readonly Splice[]): void {
    const [first] = splices;
    if (this.#isReadOnly || first === undefined) return;
    this.#view.dispatch({
      changes: changesOf(splices, this.#view.state.doc.length),
      selection: { anchor: first.index + first.insert.length },
      userEvent: "input.restore",
      scrollIntoView: true,
    });
    this.#view.focus();
  }

  /** Types `text` at the end, wherever the caret is. */
  append(text: string): void {
    if (!this.#isReadOnly) this.#view.dispatch({ changes: { from: this.#view.state.doc.length, insert: text }, userEvent: "input.type" });
  }

  /** Makes the text into `text` as a person would, by the smallest change. */
  replaceAll(text: string): void {
    if (this.#isReadOnly) return;
    const { doc } = this.#view.state;
    this.#view.dispatch({ changes: changesOf(diffText(doc.toString(), text), doc.length), userEvent: "input.restore" });
    this.#view.focus();
  }

  run(id: FormatId): void {
    if (this.#isReadOnly) return;
    FORMATS[id](this.#view);
    this.#view.focus();
  }

  /** For tests: see `corruptEditor`. */
  corrupt(text: string): void {
    corruptEditor(this.#view, text);
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#unsubscribe();
    for (const timer of [this.#presenceTimer, this.#caretTimer, this.#lookTimer]) if (timer !== null) clearTimeout(timer);
    this.#binding.detach();
    this.#view.destroy();
  }

  #announceSoon(): void {
    this.#presenceTimer ??= setTimeout(() => {
      this.#presenceTimer = null;
      if (this.#person === null || this.#binding.editorText() === null) return;
      const { anchor, head } = this.#view.state.selection.main;
      this.#note.session.setPresence(presenceOf(this.#person, this.#note.replica, this.#view.hasFocus ? { anchor, head } : null));
    }, PRESENCE_MS);
  }

  #showCarets(list: readonly RemoteCaret[]): void {
    if (typeof this.#carets === "function") this.#carets(list);
    else if (this.#carets === "none" && list.length > 0) {
      this.#carets = "loading";
      // Where it cannot be had it is asked for again: as long as somebody is there carets are drawn anew each second.
      void this.#loadCarets().catch(() => (this.#carets = "none"));
    }
  }

  async #loadCarets(): Promise<void> {
    const [{ caretFlags }, { showCarets }] = await Promise.all([import("./caret-flags.ts"), import("./remote-carets.ts")]);
    if (this.#isDestroyed) return;
    this.#view.dispatch({ effects: StateEffect.appendConfig.of(caretFlags()) });
    this.#carets = (list) => showCarets(this.#view, list);
    this.#drawCaretsSoon();
  }

  #lookAgain(): void {
    this.#lookTimer ??= setTimeout(() => {
      this.#lookTimer = null;
      this.#drawCaretsSoon();
    }, LOOK_MS);
  }

  #drawCaretsSoon(): void {
    this.#caretTimer ??= setTimeout(() => {
      this.#caretTimer = null;
      if (this.#binding.editorText() === null) return;
      const self = replicaNumber(this.#note.replicaId);
      const nowMs = Date.now();
      const isLinked = this.#note.session.status().connection === "synced";
      const others = [...this.#note.session.presence.known()].filter(([id]) => id !== self);
      this.#showCarets(
        others.flatMap(([id, known]) => {
          const caret = caretOf(id, known.state, this.#note.replica);
          const reach = reachOf(known, nowMs, isLinked);
          return caret === null ? [] : { ...caret, ghost: reach.kind === "unreachable" ? agoText(nowMs - reach.heardAtMs) : null };
        }),
      );
      // Silence makes no event: whoever is shown is looked at again.
      if (others.length > 0) this.#lookAgain();
    }, PRESENCE_MS);
  }
}
