"use client";

import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { NoteEditor } from "../_editor/note-editor.ts";
import { EditorPane } from "../_editor/editor-pane.tsx";
import type { Tab } from "../_client/tab.ts";
import { useAccess, useStatusPart } from "../_client/use-note.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { DeletedNotice } from "./deleted-notice.tsx";
import { Drafts } from "./drafts.tsx";
import { lazyPart } from "./lazy-part.tsx";
import styles from "./note-pane.module.css";
import { NoteDetails } from "./note-details.tsx";
import { Toolbar, type ViewMode } from "./toolbar.tsx";
import { useBirthWait } from "./use-birth-wait.ts";
import { LatestText } from "./latest-text.ts";
import type { PanelName } from "./use-panel.ts";

const PreviewPane = lazyPart(async () => (await import("../_editor/preview-pane.tsx")).PreviewPane);
const Drawer = lazyPart(async () => (await import("./drawer.tsx")).Drawer);
const ConflictCards = lazyPart(async () => (await import("./conflict-cards.tsx")).ConflictCards);
const LeaseBar = lazyPart(async () => (await import("./lease-bar.tsx")).LeaseBar);
const Siblings = lazyPart(async () => (await import("./siblings.tsx")).Siblings);

export interface NotePaneProps {
  readonly tab: Tab;
  readonly note: NoteSession;
  readonly entry: CatalogEntry | null;
  readonly title: string;
  /** Whether what opened the note only lets read. */
  readonly isReadOnly: boolean;
  readonly panel: PanelName | null;
  readonly onPanel: (panel: PanelName | null) => void;
}

/** The note itself: its text, its preview, and the drawer over it. */
export function NotePane({ tab, note, entry, title, isReadOnly, panel, onPanel }: NotePaneProps) {
  const editor = useRef<NoteEditor>(null);
  const setEditor = useCallback((made: NoteEditor | null) => {
    editor.current = made;
  }, []);
  const [mode, setMode] = useState<ViewMode>("edit");
  const [latest] = useState(() => new LatestText());
  // Whoever does not look at it is not drawn anew for each of its letters.
  const isTextShown = mode !== "edit" || panel === "ledger";
  const text = useSyncExternalStore(latest.subscribe, isTextShown ? latest.text : nothing);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [draftsKept, setDraftsKept] = useState(0);
  const draft = useStatusPart(note.session, (status) => status.draft);
  const wait = useBirthWait(note);
  // Where links are needed only the owner has the list, and with it what is said about a note.
  const details = useAccess(tab).isOwner ? entry : null;
  const mayConflict = useMemo(() => details !== null && tab.catalog.replica.mayConflict(details.noteId), [tab, details]);
  useCountedView(tab, details);
  useEffect(() => {
    if (refusal === null) return;
    const dismiss = (): void => setRefusal(null);
    const timer = setTimeout(dismiss, 8_000);
    // Who could not write because another had the lock can again.
    const stop = isLockedByAnother(note) ? note.session.subscribe(() => !isLockedByAnother(note) && dismiss()) : null;
    return () => {
      clearTimeout(timer);
      stop?.();
    };
  }, [refusal, note]);
  const restore = (words: string, field: "text" | "title", index: number): void => {
    if (field === "text") editor.current?.insert(index, words);
    else if (entry !== null) tab.rename(entry.noteId, words);
  };
  return (
    <main className={styles.pane} data-region="editor">
      <h1 className={styles.spoken}>{title}</h1>
      <Toolbar
        note={note}
        mode={mode}
        onMode={setMode}
        panel={panel}
        onPanel={onPanel}
        isReadOnly={isReadOnly}
        onFormat={(id) => editor.current?.run(id)}
      />
      {details !== null && <NoteDetails tab={tab} entry={details} isReadOnly={isReadOnly} />}
      {details !== null && mayConflict && <ConflictCards tab={tab} entry={details} isReadOnly={isReadOnly} />}
      {isReadOnly && (
        <p className={styles.notice} role="status" data-testid="view-only">
          You opened this note with a view link: you can read along, but not write.
        </p>
      )}
      {wait !== null && (
        <p className={styles.notice} role="status" data-testid="birth-wait">
          {wait}
        </p>
      )}
      <DeletedNotice tab={tab} note={note} entry={entry} />
      {refusal !== null && (
        <p className={styles.notice} role="alert">
          The edit was not taken: {refusal}
        </p>
      )}
      <div className={styles.under}>
        {note.replica.lock !== undefined && <LeaseBar tab={tab} note={note} onDraft={() => setDraftsKept((kept) => kept + 1)} />}
        <Drafts
          key={`${draftsKept} ${draft ?? ""}`}
          tab={tab}
          noteId={note.noteId}
          own={draft}
          onInsert={(words) => editor.current?.insert(Number.MAX_SAFE_INTEGER, words)}
        />
        {note.replica.siblings !== undefined && (
          <Siblings
            note={note}
            isReadOnly={isReadOnly}
            onChoose={(words) => editor.current?.replaceAll(words)}
            onInsert={(words) => editor.current?.insert(Number.MAX_SAFE_INTEGER, words)}
          />
        )}
        <div className={styles.split} data-mode={mode}>
          <EditorPane
            tab={tab}
            note={note}
            title={title}
            isShown={mode !== "preview"}
            isReadOnly={isReadOnly}
            onEditor={setEditor}
            onText={latest.set}
            onRefused={setRefusal}
          />
          {mode !== "edit" && <PreviewPane text={text} />}
        </div>
        {panel !== null && (
          <Drawer
            panel={panel}
            onPanel={onPanel}
            note={note}
            titleStamp={entry?.titleStamp ?? null}
            bot={isReadOnly ? null : { note, onType: (words) => editor.current?.append(words) }}
            isStanding={(words, field) => (field === "title" ? entry?.title === words : text.includes(words))}
            onRestore={restore}
            onRestoreAround={(splicesIn) => editor.current?.restore(splicesIn(text))}
          />
        )}
      </div>
    </main>
  );
}

function isLockedByAnother({ replica, replicaId }: NoteSession): boolean {
  const holder = replica.lock?.state().holder ?? null;
  return holder !== null && holder !== replicaId;
}

function nothing(): string {
  return "";
}

/** Counts one view of a note that is listed, for as long as this pane shows it. */
function useCountedView(tab: Tab, entry: CatalogEntry | null): void {
  const isCounted = useRef(false);
  const noteId = entry?.noteId ?? null;
  useEffect(() => {
    if (noteId === null || isCounted.current) return;
    isCounted.current = true;
    tab.change((catalog) => catalog.view(noteId));
  }, [tab, noteId]);
}
