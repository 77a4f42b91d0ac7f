"use client";

import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { LockState } from "../../crdt/strategy/strategy.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";

/** The lock of the note's writers, live; null for a note without one. */
export function useLock(note: NoteSession): LockState | null {
  const subscribe = useCallback((listener: () => void) => note.session.subscribe(listener), [note]);
  // A string is equal as long as what it says is, which an object made anew is not.
  const text = useCallback(() => JSON.stringify(note.replica.lock?.state() ?? null), [note]);
  const shown = useSyncExternalStore(subscribe, text, text);
  return useMemo(() => JSON.parse(shown) as LockState | null, [shown]);
}
