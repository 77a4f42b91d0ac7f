/** What a tab tells others of its caret, as JSON in its presence; anchors are in the strategy's own bytes. */

import { fromBase64, toBase64 } from "../../crdt/base/bytes.ts";
import { displayName } from "../../crdt/base/display-name.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";
import type { RemoteCaret } from "./remote-carets.ts";

export interface Person {
  readonly name: string;
  readonly colour: number;
}

/** The light theme's hues, for stock clients, which take a colour instead of a token. */
const HUES = ["#0b5cad", "#a34700", "#00695c", "#9c1f7a", "#5b6300", "#5b3fc4", "#b3261e", "#455a6b"];

/** `user` is y-codemirror's convention; `caret` is ours. */
export function presenceOf(
  { name, colour }: Person,
  replica: Replica,
  selection: { readonly anchor: number; readonly head: number } | null,
): unknown {
  const color = HUES[colour % HUES.length];
  const user = { name, color, colorLight: `${color}33` };
  if (selection === null) return { user, colour };
  const at = (index: number): string => toBase64(replica.anchor(Math.min(index, replica.length), 1));
  return { user, colour, caret: { anchor: at(selection.anchor), head: at(selection.head) } };
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
