/** json-joy (AGPL: compared here, used nowhere). Its document keeps the ids of what was deleted, not the characters. */

import type { Copy, Peer } from "../peer.ts";

interface JoyPatch {
  toBinary(): Uint8Array;
}

interface JoyText {
  ins(index: number, text: string): void;
  del(index: number, count: number): void;
  length(): number;
}

interface JoyModel {
  readonly api: { str(path: readonly string[]): JoyText; flush(): JoyPatch };
  applyPatch(patch: JoyPatch): void;
  applyBatch(patches: JoyPatch[]): void;
  view(): unknown;
  toBinary(): Uint8Array;
}

interface Joy {
  readonly Model: { create(schema: unknown, sessionId: number): JoyModel; load(bytes: Uint8Array, sessionId: number): JoyModel };
}

interface JoyPatches {
  readonly Patch: { fromBinary(bytes: Uint8Array): JoyPatch };
  readonly s: { str(text: string): unknown };
}

/** Smaller session ids are its own. */
const FIRST_SESSION_ID = 65_536;

export function open(load: (name: string) => unknown): Peer {
  const { Model } = load("json-joy/lib/json-crdt") as Joy;
  const { Patch, s } = load("json-joy/lib/json-crdt-patch") as JoyPatches;
  // The empty string must be made once and shared.
  const base = Model.create(s.str(""), FIRST_SESSION_ID).api.flush();
  const copyOf = (model: JoyModel): Copy => {
    const text = model.api.str([]);
    let onUpdate: ((update: Uint8Array) => void) | null = null;
    return {
      edit([index, remove, insert]) {
        if (remove > 0) text.del(index, remove);
        if (insert !== "") text.ins(index, insert);
        if (onUpdate !== null) onUpdate(model.api.flush().toBinary());
      },
      settle: () => void model.api.flush(),
      listen(listener) {
        model.api.flush();
        onUpdate = listener;
      },
      apply: (update) => model.applyPatch(Patch.fromBinary(update)),
      applyAll: (updates) => model.applyBatch(updates.map((update) => Patch.fromBinary(update))),
      length: () => text.length(),
      text: () => String(model.view()),
      encode: () => model.toBinary(),
      saved: () => model.toBinary(),
      everything: () => null,
      close: () => undefined,
    };
  };
  return {
    kinds: ["without-deleted-text"],
    create(n) {
      const model = Model.create(undefined, FIRST_SESSION_ID + n);
      model.applyPatch(base);
      return copyOf(model);
    },
    load: (bytes) => copyOf(Model.load(bytes, FIRST_SESSION_ID + 999)),
  };
}
