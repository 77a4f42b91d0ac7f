/** What a tab tells others of its caret, as JSON in its presence; anchors are in the strategy's own bytes. */

import { toBase64 } from "../../crdt/base/bytes.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";

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
