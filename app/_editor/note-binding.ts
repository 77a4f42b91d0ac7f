/**
 * Keeps an editor and a note equal, for every strategy: what is typed goes in as splices, what others did comes out
 * as splices and stays out of the undo history. While an input method composes, both directions are held, and then
 * carried past each other; so no composition is broken and none is seen half-done.
 */

import { Annotation, ChangeSet, Transaction } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { diffText } from "../../crdt/base/splice.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import type { SessionChange } from "../../crdt/sync/replica-session.ts";
import { changesOf, splicesOf } from "./change-sets.ts";

/** On transactions that the note made: they are in the replica already. */
const fromNote = Annotation.define<true>();

/** The browser hands over the last of a composition a moment after its end. */
const COMPOSITION_END_MS = 60;

export class NoteBinding {
  readonly #note: NoteSession;
  readonly #onRefused: (reason: string) => void;
  #view: EditorView | null = null;
  /** Both against the text at the beginning of the composition. */
  #held: { local: ChangeSet; remote: ChangeSet } | null = null;
  #unsubscribe: (() => void) | null = null;
  #releaseTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(note: NoteSession, onRefused: (reason: string) => void) {
    this.#note = note;
    this.#onRefused = onRefused;
  }

  /** Begins. The view must show the note's text. */
  attach(view: EditorView): void {
    this.#view = view;
    this.#unsubscribe = this.#note.session.subscribe((change) => this.#onChange(change));
    // What came in between the reading of the text and now.
    this.#catchUp();
  }

  detach(): void {
    this.#unsubscribe?.();
    if (this.#releaseTimer !== null) clearTimeout(this.#releaseTimer);
    this.#release();
    this.#view = null;
  }

  /** The text that a person sees; null in the middle of a composition. */
  editorText(): string | null {
    return this.#held !== null || this.#view === null || this.#view.compositionStarted ? null : this.#view.state.doc.toString();
  }

  /** For `EditorView.dispatchTransactions`. */
  readonly dispatch = (transactions: readonly Transaction[], view: EditorView): void => {
    view.update(transactions);
    for (const transaction of transactions) {
      if (!transaction.docChanged || transaction.annotation(fromNote) === true) continue;
      if (this.#held !== null) this.#held.local = this.#held.local.compose(transaction.changes);
      else if (view.compositionStarted)
        this.#held = { local: transaction.changes, remote: ChangeSet.empty(transaction.startState.doc.length) };
      else this.#commit(transaction);
    }
    if (this.#held !== null && !view.compositionStarted) this.#release();
  };

  /** The input method is done. */
  compositionEnded(): void {
    if (this.#releaseTimer !== null) clearTimeout(this.#releaseTimer);
    this.#releaseTimer = setTimeout(() => {
      this.#releaseTimer = null;
      if (this.#view?.compositionStarted === false) this.#release();
    }, COMPOSITION_END_MS);
  }

  #onChange(change: SessionChange): void {
    const view = this.#view;
    if (view === null) return;
    if (change.kind === "reset") {
      this.#held = null;
      this.#catchUp();
    } else if (change.kind === "remote" && change.splices.length > 0) {
      if (this.#held === null && view.compositionStarted) {
        const { length } = view.state.doc;
        this.#held = { local: ChangeSet.empty(length), remote: ChangeSet.empty(length) };
      }
      if (this.#held === null) this.#show(changesOf(change.splices, view.state.doc.length));
      else this.#held.remote = this.#held.remote.compose(changesOf(change.splices, this.#held.remote.newLength));
    }
  }

  #commit(transaction: Transaction): void {
    const edited = this.#edit(transaction.changes);
    if (!edited.isAccepted) {
      this.#show(transaction.changes.invert(transaction.startState.doc));
      this.#onRefused(edited.reason);
    } else if (edited.correction.length > 0) {
      this.#show(changesOf(edited.correction, transaction.newDoc.length));
    }
  }

  #edit(changes: ChangeSet): ReturnType<NoteSession["edit"]> {
    return this.#note.edit(splicesOf(changes), this.#view?.state.selection.main.head ?? 0);
  }

  #release(): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    const edited = this.#edit(held.local.map(held.remote, true));
    if (!edited.isAccepted) this.#onRefused(edited.reason);
    if (edited.isAccepted && edited.correction.length === 0) this.#show(held.remote.map(held.local));
    // Refused or corrected: whatever the replica now holds is the truth.
    else this.#catchUp();
  }

  #catchUp(): void {
    const view = this.#view;
    if (view === null) return;
    const splices = diffText(view.state.doc.toString(), this.#note.text());
    if (splices.length > 0) this.#show(changesOf(splices, view.state.doc.length));
  }

  #show(changes: ChangeSet): void {
    if (changes.empty) return;
    this.#view?.dispatch({
      changes,
      annotations: [fromNote.of(true), Transaction.addToHistory.of(false), Transaction.remote.of(true)],
    });
  }
}

/** Puts other text under the editor behind the replica's back: the damage that the convergence matrix must notice. For tests. */
export function corruptEditor(view: EditorView, text: string): void {
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: text },
    annotations: [fromNote.of(true), Transaction.addToHistory.of(false)],
  });
}
