/** What people are told of notes that cannot be written, or not be read. A close reason holds 123 bytes. */

import type { StoreTrouble } from "../store/store.ts";

/** While nothing can be saved. */
export const READ_ONLY: Readonly<Record<StoreTrouble["kind"], string>> = {
  full: "The server's disk is full: changes are kept here, and saved when there is room again",
  damaged: "The server's data is damaged: notes may be incomplete; changes are kept here until somebody has seen to it",
  failing: "The server cannot write to its disk: changes are kept here, and saved when it can again",
};
/** A note whose order several nodes have kept: this one alone does not know all of it. */
export class SeveralNodesError extends Error {
  override readonly name = "SeveralNodesError";

  constructor() {
    super("Several nodes have kept the order of this note: the server must run them (--nodes 3)");
  }
}

/** Of a note that is damaged. */
export const DAMAGED = "What the server has of this note is damaged and left as it is; your copy is kept here";

/** Of a long update that nobody could say anything about. */
export const UNCHECKED = "The server could not check what was sent; it will be asked for again";
