/** `window.__riftpad`: what the end-to-end tests, and curious people with a console, may ask this tab. */

import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { JournalEntry, JournalRing } from "../../crdt/base/journal.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import type { SessionStatus } from "../../crdt/sync/replica-session.ts";

export interface TestHook {
  /** The text as the editor holds it, without carets and labels. */
  text(): string;
  status(): SessionStatus;
  readonly replicaId: ReplicaId;
  journal(): readonly JournalEntry[];
  /** Puts other text under the editor behind the replica's back. */
  corrupt(text: string): void;
}

interface HookOptions extends Pick<TestHook, "text" | "corrupt"> {
  readonly note: NoteSession;
  readonly journal: JournalRing;
}

/** Offers the hook until the returned function is called. */
export function installTestHook({ note, journal, text, corrupt }: HookOptions): () => void {
  const hook: TestHook = { text, corrupt, status: () => note.session.status(), replicaId: note.replicaId, journal: () => journal.since() };
  const host = window as { __riftpad?: TestHook };
  host.__riftpad = hook;
  return () => {
    if (host.__riftpad === hook) delete host.__riftpad;
  };
}
