"use client";

import { useRouter } from "next/navigation";
import { useCallback, useEffect, useState } from "react";
import { ControlContext } from "../_client/use-control.ts";
import type { Tab } from "../_client/tab.ts";
import { isViewOnly, searchWithoutCapability } from "../_client/capabilities.ts";
import { useAccess, useCatalog, useNote, useTab } from "../_client/use-note.ts";
import { ConvergenceStrip } from "../_convergence/convergence-strip.tsx";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { BottomBar } from "./bottom-bar.tsx";
import { UNTITLED } from "./listed-title.ts";
import { NoteList } from "./note-list.tsx";
import { NotePane } from "./note-pane.tsx";
import { TopBar } from "./top-bar.tsx";
import { usePanel } from "./use-panel.ts";
import { useShortcuts } from "./use-shortcuts.ts";
import { lazyPart } from "./lazy-part.tsx";
import styles from "./workspace.module.css";

// Not part of a first note.
const MissingNote = lazyPart(async () => (await import("./missing-note.tsx")).MissingNote);
const Shortcuts = lazyPart(async () => (await import("./shortcuts.tsx")).Shortcuts);

/** One note with everything around it. */
export function Workspace({ noteId }: { readonly noteId: NoteId }) {
  const tab = useTab(noteId);
  if (tab === null) {
    return (
      <main className={styles.opening}>
        <p role="status">Opening the note …</p>
      </main>
    );
  }
  return (
    <ControlContext value={tab.control}>
      <OpenWorkspace tab={tab} noteId={noteId} />
    </ControlContext>
  );
}

function OpenWorkspace({ tab, noteId }: { readonly tab: Tab; readonly noteId: NoteId }) {
  const router = useRouter();
  const notes = useCatalog(tab);
  const entry = notes.find((note) => note.noteId === noteId) ?? null;
  const [wanted, setWanted] = useState<StrategyName | null>(null);
  const state = useNote(tab, noteId, wanted);
  const [panel, setPanel] = usePanel();
  const [isListOpen, setListOpen] = useState(false);
  const title = entry === null || entry.title === "" ? UNTITLED : entry.title;
  useEffect(() => {
    document.title = `${title} · Riftpad`;
  }, [title]);

  const create = useCallback(
    (strategy: StrategyName) => router.push(`/notes/${tab.createNote(strategy, UNTITLED)}${searchWithoutCapability()}`),
    [router, tab],
  );
  const shortcuts = useShortcuts({ setPanel });
  const note = state.kind === "ready" ? state.note : null;
  // Where links are needed the list of notes, and with it every title, is the owner's.
  const { isOwner } = useAccess(tab);
  const isReading = isViewOnly(noteId);

  return (
    <div className={styles.shell} data-panel={panel ?? "none"}>
      <TopBar
        tab={tab}
        entry={entry}
        noteId={noteId}
        note={note}
        isReadOnly={isReading || !isOwner}
        isListOpen={isListOpen}
        onList={setListOpen}
        onHelp={shortcuts.openHelp}
      />
      <div className={styles.body}>
        <NoteList
          tab={tab}
          notes={notes}
          current={noteId}
          isOpen={isListOpen}
          onClose={() => setListOpen(false)}
          onCreate={isOwner ? create : null}
        />
        {note !== null ? (
          <NotePane
            key={noteId}
            tab={tab}
            note={note}
            entry={entry}
            title={title}
            isReadOnly={isReading}
            panel={panel}
            onPanel={setPanel}
          />
        ) : (
          <main className={styles.message} tabIndex={-1} data-region="editor">
            {state.kind === "forbidden" ? (
              <p role="alert" data-testid="forbidden-note">
                You cannot open this note: {state.message}. Ask whoever shared it for a link, and open that.
              </p>
            ) : state.kind === "missing" ? (
              <MissingNote
                noteId={noteId}
                onMake={(strategy) => {
                  tab.change((catalog) => catalog.addNote({ noteId, title: noteId, strategy }));
                  setWanted(strategy);
                }}
              />
            ) : state.kind === "failed" ? (
              <p role="alert">
                This note was never opened on this device, and the server cannot be asked: {state.message}.{" "}
                <button type="button" className={styles.button} onClick={() => window.location.reload()}>
                  Try again
                </button>
              </p>
            ) : (
              <p role="status">Opening the note …</p>
            )}
          </main>
        )}
      </div>
      <ConvergenceStrip />
      <BottomBar panel={panel} onPanel={setPanel} />
      {shortcuts.isHelpOpen && <Shortcuts onClose={shortcuts.closeHelp} />}
    </div>
  );
}
