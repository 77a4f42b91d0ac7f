/**
 * What a text document can do today. Whoever adds one of these to crdt/text adds it here, and the fuzzer uses it from then on;
 * nothing else in this folder has to change.
 */

import type { Splice } from "../../../crdt/base/splice.ts";
import { TextDocument } from "../../../crdt/text/text-document.ts";
import type { History } from "./steps.ts";

/** What `encode({ history })` understands. */
export const HISTORIES_KNOWN: readonly History[] = ["full", "without-deleted-text", "cut"];

/** Found by itself as soon as the methods are there. */
export const CAN_UNDO = "undo" in TextDocument.prototype && "redo" in TextDocument.prototype;

/** The document of issue 3, with what is still to come as optional. */
export interface Undoing {
  undo?(): readonly Splice[];
  redo?(): readonly Splice[];
}

interface Encoding {
  encode(options?: { readonly history: History }): Uint8Array;
}

export function encodeAs(document: Encoding, history: History): Uint8Array {
  return history === "full" ? document.encode() : document.encode({ history });
}
