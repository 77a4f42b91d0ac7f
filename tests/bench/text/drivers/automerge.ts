/** @automerge/automerge: a change for each edit where updates are wanted, else one change for all of them. */

import type { Patch } from "../../../../crdt/lab/bench/history.ts";
import type { Copy, Peer } from "../peer.ts";

interface Doc {
  readonly text: string;
}

interface Automerge {
  init(options: { actor: string }): Doc;
  load(bytes: Uint8Array, options: { actor: string }): Doc;
  change(doc: Doc, options: { time: number }, callback: (draft: { text: string }) => void): Doc;
  splice(draft: object, path: string[], index: number, remove: number, insert: string): void;
  getLastLocalChange(doc: Doc): Uint8Array | undefined;
  applyChanges(doc: Doc, changes: Uint8Array[]): [Doc];
  save(doc: Doc): Uint8Array;
  free(doc: Doc): void;
}

const actorOf = (n: number): string => n.toString(16).padStart(8, "0");

export function open(load: (name: string) => unknown): Peer {
  const automerge = load("@automerge/automerge") as Automerge;
  // The empty text must be made once and shared: two replicas that each make one hold two texts.
  const origin = automerge.change(automerge.init({ actor: actorOf(0) }), { time: 0 }, (draft) => {
    draft.text = "";
  });
  const base = automerge.save(origin);
  const copyOf = (initial: Doc): Copy => {
    let doc = initial;
    let onUpdate: ((update: Uint8Array) => void) | null = null;
    let open: Patch[] = [];
    const write = (patches: readonly Patch[]): void => {
      doc = automerge.change(doc, { time: 0 }, (draft) => {
        for (const [index, remove, insert] of patches) automerge.splice(draft, ["text"], index, remove, insert);
      });
    };
    const settle = (): void => {
      if (open.length > 0) write(open);
      open = [];
    };
    return {
      edit(patch) {
        if (onUpdate === null) {
          open.push(patch);
          return;
        }
        write([patch]);
        const change = automerge.getLastLocalChange(doc);
        if (change !== undefined) onUpdate(change);
      },
      settle,
      listen(listener) {
        settle();
        onUpdate = listener;
      },
      apply(update) {
        [doc] = automerge.applyChanges(doc, [update]);
      },
      applyAll(updates) {
        [doc] = automerge.applyChanges(doc, [...updates]);
      },
      length() {
        settle();
        return doc.text.length;
      },
      text() {
        settle();
        return doc.text;
      },
      encode() {
        settle();
        return automerge.save(doc);
      },
      saved() {
        settle();
        return automerge.save(doc);
      },
      // A saved document is loaded, or merged as a document: changes are what travels.
      everything: () => null,
      close: () => automerge.free(doc),
    };
  };
  return {
    kinds: ["full"],
    isWasm: true,
    create: (n) => copyOf(automerge.load(base, { actor: actorOf(n) })),
    load: (bytes) => copyOf(automerge.load(bytes, { actor: actorOf(999) })),
  };
}
