/**
 * A shared text for programs: with undo and redo of one's own edits, and its past. An editor has an undo of its own, and a page
 * that needs no more than to edit and to sync takes `SharedText`.
 */

import type { ReplicaId } from "../base/ids.ts";
import { composeSplices, type Splice } from "../base/splice.ts";
import { INSERT } from "./event-log.ts";
import { addRecorded, type EventRun, eventRunsOf, frontierOf, type RecordedEvent, tipsOf } from "./event-records.ts";
import { SharedText } from "./shared-text.ts";
import { TextState } from "./text-state.ts";
import { type Edit, UndoHistory } from "./undo-history.ts";

export class TextDocument extends SharedText {
  readonly #undo = new UndoHistory();

  protected constructor(agent: ReplicaId, state: TextState) {
    super(agent, state);
    this.#undo.skipTo(state.eventCount);
  }

  static override create({ agent }: { readonly agent: ReplicaId }): TextDocument {
    return new TextDocument(agent, new TextState());
  }

  /**
   * A document from what `encode` or `since` of nothing gave, updates behind it included.
   * @throws DecodeError when `bytes` is not that, ProtocolError when it cannot be true.
   */
  static override load(bytes: Uint8Array, { agent }: { readonly agent: ReplicaId }): TextDocument {
    return SharedText.loaded(bytes, (state) => new TextDocument(agent, state));
  }

  /**
   * A document from a recorded history, in order of dependency; one agent's events may be concurrent.
   * @throws RangeError when an entry has more than one splice, or a parent that is not there.
   */
  static fromEvents(events: Iterable<RecordedEvent>, { agent }: { readonly agent: ReplicaId }): TextDocument {
    const state = new TextState();
    addRecorded(state, events);
    return new TextDocument(agent, state);
  }

  /** The events that nobody has built upon: the version exactly. Sorted, so that equal versions are equal bytes. */
  frontier(): Uint8Array {
    return frontierOf(this.state);
  }

  /** Takes back one's own last run of typing or deleting that is not taken back yet, and nothing of anybody else. */
  undo(): readonly Splice[] {
    return this.#invert((edit) => this.#undo.undo(this.state, this.ownIndex(), edit));
  }

  /** Takes back the last undo, unless one has edited since. */
  redo(): readonly Splice[] {
    return this.#invert((edit) => this.#undo.redo(this.state, this.ownIndex(), edit));
  }

  /** The text at a past frontier. @throws DecodeError on foreign bytes, RangeError when an event of it is not here. */
  checkout(frontier: Uint8Array): string {
    return this.state.textAt(tipsOf(this.state, frontier));
  }

  /** Everything that happened, in the order in which it came here; from the cut on, where there is one. */
  events(): Iterable<EventRun> {
    return eventRunsOf(this.state.log);
  }

  protected override onBegun(state: TextState): void {
    this.#undo.skipTo(state.eventCount);
  }

  #invert(work: (edit: Edit) => void): readonly Splice[] {
    let splices: readonly Splice[] = [];
    work((kind, position, length, text) => {
      this.edit(kind, position, length, text);
      splices = composeSplices(splices, [{ index: position, remove: kind === INSERT ? 0 : length, insert: text }]);
    });
    return splices;
  }
}
