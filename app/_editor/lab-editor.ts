/** A CodeMirror editor on a text that lives elsewhere and changes there too: what is typed goes out, what comes in is shown. */

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Annotation, ChangeSet, EditorState, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { type FarBatch, NearEnd, type NearEdit } from "../_lab/text-link.ts";
import { changesOf, splicesOf } from "./change-sets.ts";
import { pageNonce } from "./page-nonce.ts";
import { caretFlags } from "./caret-flags.ts";
import { caretsEffect, type RemoteCaret, showCarets } from "./remote-carets.ts";

const fromElsewhere = Annotation.define<true>();
/** The browser hands over the last of a composition a moment after its end. */
const COMPOSITION_END_MS = 60;
/** How often others are told where the caret is. */
const CARET_MS = 150;

export interface LabEditorOptions {
  readonly parent: HTMLElement;
  readonly label: string;
  readonly testId: string;
  readonly onEdit: (edit: NearEdit, caret: number) => void;
  /** The caret was put somewhere, without an edit. */
  readonly onCaret: (anchor: number, head: number) => void;
  /** Somebody asks about the character at an index: with Alt and a click, or Alt+Enter at the caret. */
  readonly onAsk: (index: number) => void;
}

export class LabEditor {
  readonly #options: LabEditorOptions;
  readonly #view: EditorView;
  #end = new NearEnd();
  /** While an input method composes: what it has changed, and what has come in. */
  #composed: ChangeSet | null = null;
  #waiting: FarBatch[] = [];
  #releaseTimer: ReturnType<typeof setTimeout> | null = null;
  #caretTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: LabEditorOptions) {
    this.#options = options;
    this.#view = new EditorView({
      parent: options.parent,
      state: this.#stateOf(""),
      dispatchTransactions: (transactions, view) => this.#dispatch(transactions, view),
    });
  }

  /** Shows another text; nothing that was on its way counts any more. */
  reset(text: string): void {
    this.#end = new NearEnd();
    this.#composed = null;
    this.#waiting = [];
    if (this.#view.state.doc.toString() === text) return;
    // Another state, so that nothing of the old world can be undone into the new one.
    this.#view.setState(this.#stateOf(text));
  }

  /** Takes in what is new, with the others' carets in the text as it is then: one change of the page, which costs one layout. */
  receive(batch: FarBatch, carets: readonly RemoteCaret[] | null = null): void {
    if (this.#composed !== null || this.#view.compositionStarted) {
      this.#waiting.push(batch);
      if (carets !== null) this.showCarets(carets);
    } else this.#show(this.#end.receive(batch), carets);
  }

  /** Where the others are. Offsets beyond the text fall to its end. */
  showCarets(carets: readonly RemoteCaret[]): void {
    showCarets(this.#view, carets);
  }

  focus(): void {
    this.#view.focus();
  }

  text(): string {
    return this.#view.state.doc.toString();
  }

  destroy(): void {
    for (const timer of [this.#releaseTimer, this.#caretTimer]) if (timer !== null) clearTimeout(timer);
    this.#view.destroy();
  }

  #stateOf(doc: string): EditorState {
    const { label, testId } = this.#options;
    return EditorState.create({
      doc,
      extensions: [
        EditorState.lineSeparator.of("\n"),
        EditorView.cspNonce.of(pageNonce()),
        history(),
        drawSelection(),
        EditorView.lineWrapping,
        EditorView.perLineTextDirection.of(true),
        caretFlags(),
        keymap.of([{ key: "Alt-Enter", run: (view) => this.#ask(view, view.state.selection.main.head) }]),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-description":
            "To leave the text with the keyboard, press Tab. Alt+Enter tells why the character behind the caret is there.",
          "data-testid": testId,
          dir: "auto",
          // It can be focused anyway; whoever checks whether its scroller can be reached by keyboard looks for this.
          tabindex: "0",
        }),
        EditorView.domEventHandlers({
          compositionend: () => this.#releaseSoon(),
          mousedown: (event, view) => event.altKey && event.button === 0 && this.#askAt(view, event),
        }),
        EditorView.updateListener.of((update) => {
          if (update.selectionSet && !update.docChanged && update.view.hasFocus) this.#tellCaretSoon();
        }),
      ],
    });
  }

  /** About the character behind `index`; at the end, the last one. */
  #ask(view: EditorView, index: number): boolean {
    const { length } = view.state.doc;
    if (length > 0) this.#options.onAsk(Math.min(index, length - 1));
    return true;
  }

  /** About the character under the pointer. */
  #askAt(view: EditorView, { clientX: x, clientY: y }: MouseEvent): boolean {
    const at = view.posAtCoords({ x, y });
    if (at === null) return false;
    const left = view.coordsAtPos(at, 1);
    return this.#ask(view, left !== null && x < left.left && at > 0 ? at - 1 : at);
  }

  #dispatch(transactions: readonly Transaction[], view: EditorView): void {
    view.update(transactions);
    for (const transaction of transactions) {
      if (!transaction.docChanged || transaction.annotation(fromElsewhere) === true) continue;
      if (this.#composed !== null) this.#composed = this.#composed.compose(transaction.changes);
      else if (view.compositionStarted) this.#composed = transaction.changes;
      else this.#send(transaction.changes);
    }
  }

  #send(changes: ChangeSet): void {
    this.#options.onEdit(this.#end.edit(splicesOf(changes)), this.#view.state.selection.main.head);
  }

  #releaseSoon(): void {
    if (this.#releaseTimer !== null) clearTimeout(this.#releaseTimer);
    this.#releaseTimer = setTimeout(() => {
      this.#releaseTimer = null;
      if (this.#view.compositionStarted) return;
      const composed = this.#composed;
      this.#composed = null;
      if (composed !== null) this.#send(composed);
      for (const batch of this.#waiting.splice(0)) this.#show(this.#end.receive(batch));
    }, COMPOSITION_END_MS);
  }

  #show(splices: FarBatch["splices"], carets: readonly RemoteCaret[] | null = null): void {
    const changes = changesOf(splices, this.#view.state.doc.length);
    if (changes.empty) {
      if (carets !== null) this.showCarets(carets);
      return;
    }
    this.#view.dispatch({
      changes,
      effects: carets === null ? [] : [caretsEffect(carets)],
      annotations: [fromElsewhere.of(true), Transaction.addToHistory.of(false), Transaction.remote.of(true)],
    });
  }

  #tellCaretSoon(): void {
    this.#caretTimer ??= setTimeout(() => {
      this.#caretTimer = null;
      const { anchor, head } = this.#view.state.selection.main;
      this.#options.onCaret(anchor, head);
    }, CARET_MS);
  }
}
