import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import type { SessionStatus } from "../../crdt/sync/replica-session.ts";
import { type AccessState, RefusedError } from "./access-client.ts";
import { openNote, openTab, readyTab, strategyOf, type Tab } from "./tab.ts";

export type NoteState =
  | { readonly kind: "loading" }
  /** Nobody has made this note. */
  | { readonly kind: "missing" }
  /** This browser may not see it; `message` is the server's. */
  | { readonly kind: "forbidden"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "ready"; readonly note: NoteSession };

/** This page's tab, once it has its id. What stops it from having one is thrown, for the error page to show. */
export function useTab(noteId: NoteId): Tab | null {
  const [tab, setTab] = useState<Tab | null>(readyTab);
  const [failure, setFailure] = useState<Error | null>(null);
  useEffect(() => {
    if (tab !== null) return;
    openTab(noteId).then(setTab, (error: unknown) => setFailure(error instanceof Error ? error : new Error(String(error))));
  }, [tab, noteId]);
  if (failure !== null) throw failure;
  return tab;
}

/** Owns one note's session for as long as it is shown. `wanted` makes a note that nobody has made yet. */
export function useNote(tab: Tab, noteId: NoteId, wanted: StrategyName | null): NoteState {
  const key = `${noteId} ${wanted}`;
  const [held, setHeld] = useState<{ readonly key: string; readonly state: NoteState } | null>(null);
  useEffect(() => {
    let isCurrent = true;
    let opened: NoteSession | null = null;
    const open = async (): Promise<void> => {
      const strategy = (await strategyOf(tab, noteId)) ?? wanted;
      if (!isCurrent) return;
      if (strategy === null) {
        setHeld({ key, state: { kind: "missing" } });
        return;
      }
      tab.control.show(noteId, strategy);
      const note = await openNote(tab, noteId, strategy);
      if (!isCurrent) {
        note.close();
        return;
      }
      opened = note;
      await note.session.start();
      if (isCurrent) setHeld({ key, state: { kind: "ready", note } });
    };
    open().catch((error: unknown) => {
      const kind = error instanceof RefusedError && (error.status === 401 || error.status === 403) ? "forbidden" : "failed";
      if (isCurrent) setHeld({ key, state: { kind, message: error instanceof Error ? error.message : String(error) } });
    });
    return () => {
      isCurrent = false;
      opened?.close();
    };
  }, [tab, noteId, wanted, key]);
  return held?.key === key ? held.state : { kind: "loading" };
}

/** A session's status, live. */
export function useStatus(session: NoteSession["session"]): SessionStatus {
  const subscribe = useCallback((listener: () => void) => session.subscribe(listener), [session]);
  const status = useCallback(() => session.status(), [session]);
  return useSyncExternalStore(subscribe, status, status);
}

/** What `select` makes of a session's status, live: a string, a number or a truth. Draws anew only when it differs. */
export function useStatusPart<T extends string | number | boolean | null>(
  session: NoteSession["session"],
  select: (status: SessionStatus) => T,
): T {
  const subscribe = useCallback((listener: () => void) => session.subscribe(listener), [session]);
  const part = (): T => select(session.status());
  return useSyncExternalStore(subscribe, part, part);
}

/** What the server lets this browser do, live. */
export function useAccess({ access }: Tab): AccessState {
  return useSyncExternalStore(access.subscribe, access.state, access.state);
}

/** What a browser that may not see the list knows of a note. */
const UNLISTED = { titleStamp: null, tags: [], views: 0, viewers: 0, votes: 0, pin: null, deletionStamp: null } as const;

/** The list of notes, live: all of them, or where links are needed those that this browser holds links of. */
export function useCatalog(tab: Tab): readonly CatalogEntry[] {
  const { catalog } = tab;
  const { isOwner, notes: held } = useAccess(tab);
  const subscribe = useCallback((listener: () => void) => catalog.subscribe(listener), [catalog]);
  const notes = useCallback(() => catalog.replica.notes(), [catalog]);
  const all = useSyncExternalStore(subscribe, notes, notes);
  const own = useMemo(() => held.map((note) => ({ ...UNLISTED, ...note })), [held]);
  return isOwner ? all : own;
}
