/** One replica of a fuzzed world, and the edits that go between them. */

import type { ReplicaId } from "../../../crdt/base/ids.ts";
import { applySplices, type Splice } from "../../../crdt/base/splice.ts";
import { TextDocument } from "../../../crdt/text/text-document.ts";
import type { Range } from "./oracle.ts";
import { CARET, END, type History, type Where } from "./steps.ts";

/** One local edit, as it goes to the others. */
export interface Edit extends Range {
  readonly update: Uint8Array;
  /** What its author had, by replica. */
  readonly deps: readonly number[];
}

export interface Member {
  readonly n: number;
  readonly id: ReplicaId;
  document: TextDocument;
  /** What an editor shows that is told of changes by splices alone. */
  editor: string;
  caret: number;
  /** A cold copy that gets what this one gets. */
  twin: { readonly document: TextDocument; readonly history: History } | null;
  /** What the document has told of its own edits. */
  told: Uint8Array[];
}

export function newMember(n: number, id: ReplicaId): Member {
  const member: Member = { n, id, document: TextDocument.create({ agent: id }), editor: "", caret: 0, twin: null, told: [] };
  listen(member);
  return member;
}

/** Hears what the document tells, for as long as it lives. */
export function listen(member: Member): void {
  const told: Uint8Array[] = [];
  member.told = told;
  member.document.onUpdate((update) => told.push(update));
}

/** Changes the editor; the caret goes along. */
export function tellEditor(member: Member, splices: readonly Splice[]): void {
  let { caret } = member;
  for (const { index, remove, insert } of splices.toReversed()) if (index < caret) caret = Math.max(index, caret - remove) + insert.length;
  member.editor = applySplices(member.editor, splices);
  member.caret = Math.min(caret, member.editor.length);
}

export function place({ editor, caret }: Member, where: Where): number {
  if (where === CARET) return caret;
  return where === END ? editor.length : where % (editor.length + 1);
}

/** Every edit, by author, and how far each replica has come in them. */
export class Wire {
  readonly #edits: Edit[][];
  /** By reader, by author: the first edit that is not there. */
  readonly #next: number[][];

  constructor(replicas: number) {
    this.#edits = Array.from({ length: replicas }, () => []);
    this.#next = Array.from({ length: replicas }, () => Array.from({ length: replicas }, () => 0));
  }

  add(edit: Edit): void {
    this.#edits[edit.agent]!.push(edit);
  }

  all(): Edit[] {
    return this.#edits.flat();
  }

  /** One of the last few of an author. */
  recent(author: number, choice: number): Edit | undefined {
    const edits = this.#edits[author]!;
    return edits[edits.length - 1 - (choice % Math.max(1, Math.min(20, edits.length)))];
  }

  /** The next few edits of each author that a reader, who has `known` of each, lacks. */
  pending(reader: number, known: readonly number[]): Edit[] {
    return this.#edits.flatMap((edits, author) => {
      let next = this.#next[reader]![author]!;
      while (next < edits.length && edits[next]!.to <= known[author]!) next++;
      this.#next[reader]![author] = next;
      return edits.slice(next, next + 8);
    });
  }

  clear(): void {
    for (const edits of this.#edits) edits.length = 0;
    for (const next of this.#next) next.fill(0);
  }
}
