/** A CodeMirror editor on a note: text, carets of others, undo of one's own work alone. No React in here. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import {
  type Command,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { replicaNumber } from "../../crdt/base/ids.ts";
import { diffText, type Splice } from "../../crdt/base/splice.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { changesOf } from "./change-sets.ts";
import type { FormatId } from "./format-buttons.ts";
import { markdownSupport } from "./markdown.ts";
import { corruptEditor, NoteBinding } from "./note-binding.ts";
import { type Person, presenceOf } from "./presence-state.ts";
import { pageNonce } from "./page-nonce.ts";

/** How often others are told where the caret is, and carets are drawn anew. */
const PRESENCE_MS = 60;
/** How often it is looked whether those who are shown are still heard of. */
const LOOK_MS = 1_000;

/** Loaded when somebody is about to write: a page that is read needs none of it. */
let formats: Readonly<Record<FormatId, Command>> | null = null;

async function loadFormats(): Promise<void> {
  formats ??= (await import("./markdown-commands.ts")).FORMATS;
}

type NoteCarets = typeof import("./note-carets.ts");

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
  #carets: "none" | "loading" | NoteCarets = "none";
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
          { key: "Mod-b", run: () => this.#format("bold"), preventDefault: true },
          { key: "Mod-i", run: () => this.#format("italic"), preventDefault: true },
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
        EditorView.domEventHandlers({
          compositionend: () => this.#binding.compositionEnded(),
          focus: () => void loadFormats().catch(ignore),
        }),
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
    this.#format(id);
    this.#view.focus();
  }

  /** As a command does: whether the key was taken. */
  #format(id: FormatId): boolean {
    if (formats !== null) return formats[id](this.#view);
    // Without a server there are none; the next key asks again.
    loadFormats().then(() => this.#isDestroyed || this.#format(id), ignore);
    return true;
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

  async #loadCarets(): Promise<void> {
    this.#carets = "loading";
    try {
      const carets = await import("./note-carets.ts");
      if (this.#isDestroyed) return;
      carets.prepareCarets(this.#view);
      this.#carets = carets;
      this.#drawCaretsSoon();
    } catch {
      // Where it cannot be had it is asked for again: as long as somebody is there carets are drawn anew each second.
      this.#carets = "none";
    }
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
      const others = [...this.#note.session.presence.known()].filter(([id]) => id !== self);
      if (typeof this.#carets === "object") this.#carets.drawCarets(this.#view, this.#note, others);
      else if (this.#carets === "none" && others.length > 0) void this.#loadCarets();
      // Silence makes no event: whoever is shown is looked at again.
      if (others.length > 0) this.#lookAgain();
    }, PRESENCE_MS);
  }
}

function ignore(): void {
  // It is asked for again.
}
