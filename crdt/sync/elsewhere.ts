/** What of a note is worked out by a document elsewhere: here it would hold everything up. Answers come in a later turn. */

import type { ProtocolError } from "../base/errors.ts";

export interface Elsewhere {
  /** Hands over what the holder of `version` lacks of the note as it is now; null: it could not be made, or was not wanted when it was its turn. */
  since(version: Uint8Array, take: (update: Uint8Array | null) => void, isWanted: () => boolean): void;
  /** Checks `update`, and hands over what is new in it; null: some of it builds on what is not here; or what is wrong with it. */
  news(update: Uint8Array, take: (news: Uint8Array | null | ProtocolError) => void): void;
}
