/** The carets of others in a note's editor: what they say of themselves, drawn. Loaded with the first of them. */

import { StateEffect } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { fromBase64 } from "../../crdt/base/bytes.ts";
import { displayName } from "../../crdt/base/display-name.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import type { Known } from "../../crdt/sync/presence.ts";
import { reachOf } from "../../crdt/sync/reach.ts";
import { agoText } from "../_client/ago-text.ts";
import { caretFlags } from "./caret-flags.ts";
import { type RemoteCaret, showCarets } from "./remote-carets.ts";

/** Gives the editor what it needs to draw carets. Once for each. */
export function prepareCarets(view: EditorView): void {
  view.dispatch({ effects: StateEffect.appendConfig.of(caretFlags()) });
}

/** Draws the carets of `others`, by their ids. */
export function drawCarets(view: EditorView, { session, replica }: NoteSession, others: readonly (readonly [number, Known])[]): void {
  const nowMs = Date.now();
  const isLinked = session.status().connection === "synced";
  const carets = others.flatMap(([id, known]) => {
    const caret = caretOf(id, known.state, replica);
    const reach = reachOf(known, nowMs, isLinked);
    return caret === null ? [] : { ...caret, ghost: reach.kind === "unreachable" ? agoText(nowMs - reach.heardAtMs) : null };
  });
  showCarets(view, carets);
}

/** Where somebody's caret is now; null when they show none, or what they say is not readable. */
export function caretOf(id: number, state: unknown, replica: Replica): Omit<RemoteCaret, "ghost"> | null {
  const { user, colour, caret } = Object(state) as {
    user?: { name?: unknown };
    colour?: unknown;
    caret?: { anchor?: unknown; head?: unknown };
  };
  if (typeof caret?.anchor !== "string" || typeof caret.head !== "string") return null;
  try {
    return {
      id,
      name: (typeof user?.name === "string" ? displayName(user.name) : "") || "Guest",
      colour: typeof colour === "number" && Number.isInteger(colour) && colour >= 0 ? colour % 8 : null,
      anchor: replica.resolve(fromBase64(caret.anchor)),
      head: replica.resolve(fromBase64(caret.head)),
    };
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
