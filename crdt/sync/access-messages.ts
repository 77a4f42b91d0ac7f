/** What travels on /access: JSON over HTTP. Types only; server and tab parse what they are sent. */

import type { NoteId } from "../base/ids.ts";
import type { StrategyName } from "../strategy/strategy.ts";

/** `GET /access`: what this server lets whoever asks do. */
export interface AccessAnswer {
  /** `links`: a note opens only to a link. */
  readonly mode: "open" | "links";
  /** Whether every note is open to whoever asks, the list of notes included. */
  readonly isOwner: boolean;
  /** Whether links may be made, listed and ended. */
  readonly mayShare: boolean;
  /** Whether faults can be injected at all. */
  readonly hasFaults: boolean;
}

/** `GET /access/notes/<noteId>`, and one of `POST /access/notes`. */
export interface HeldNote {
  readonly noteId: NoteId;
  readonly title: string;
  readonly strategy: StrategyName;
  readonly right: "edit" | "view";
  readonly isDeleted: boolean;
  readonly createdAtMs: number;
}

/** `POST /access/links`, and one of `GET /access/links`. */
export interface LinkAnswer {
  readonly id: string;
  readonly noteId: NoteId;
  readonly right: "edit" | "view";
  /** null: does not expire. */
  readonly expiresAtMs: number | null;
  readonly createdAtMs: number;
  readonly capability: string;
  /** The address that carries it, without the host. */
  readonly path: string;
}
