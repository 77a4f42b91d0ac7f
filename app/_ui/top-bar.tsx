"use client";

import type { Tab } from "../_client/tab.ts";
import { nodeInAddress } from "../_client/ws-connect.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { NoteTitle } from "./note-title.tsx";
import { openReplica } from "./open-replica.ts";
import { PresenceList } from "./presence-list.tsx";
import { Share } from "./share.tsx";
import { StatusChip } from "./status-chip.tsx";
import { STRATEGY_TITLES } from "./strategy-titles.ts";
import { ThemeButton } from "./theme-button.tsx";
import styles from "./top-bar.module.css";

export interface TopBarProps {
  readonly tab: Tab;
  readonly entry: CatalogEntry | null;
  readonly noteId: NoteId;
  readonly note: NoteSession | null;
  /** Whether its title can be read only. */
  readonly isReadOnly: boolean;
  readonly isListOpen: boolean;
  readonly onList: (isOpen: boolean) => void;
  readonly onHelp: () => void;
}

/** Product, title, whether the work is safe, who is here. */
export function TopBar({ tab, entry, noteId, note, isReadOnly, isListOpen, onList, onHelp }: TopBarProps) {
  const node = nodeInAddress();
  return (
    <header className={styles.bar} data-region="bar">
      <button
        type="button"
        className={`${styles.button} ${styles.menu}`}
        aria-label="Notes"
        aria-expanded={isListOpen}
        aria-controls="note-list"
        onClick={() => onList(!isListOpen)}
      >
        ☰
      </button>
      <span className={styles.product}>Riftpad</span>
      <NoteTitle key={noteId} tab={tab} noteId={noteId} entry={entry} isReadOnly={isReadOnly} />
      {note !== null && (
        <span className={styles.badge} data-testid="strategy-badge">
          {STRATEGY_TITLES[note.strategy.name]}
        </span>
      )}
      {note !== null && <StatusChip note={note} />}
      <span className={styles.space} />
      <PresenceList note={note} />
      <Share tab={tab} noteId={noteId} className={styles.button ?? ""} />
      <button
        type="button"
        className={`${styles.button} ${styles.another}`}
        onClick={openReplica}
        title="A new tab on this note, as another replica (Ctrl Shift E)"
      >
        <span aria-hidden="true">+ </span>
        <span className={styles.long}>Open another replica</span>
        <span className={styles.short}>Replica</span>
      </button>
      {note?.strategy.traits.isStockCompatible === true && (
        <a
          className={styles.button}
          href={`/notes/${noteId}/stock${node === null ? "" : `?node=${node}`}`}
          target="_blank"
          rel="noopener"
          title="The same note in y-websocket and y-codemirror.next, unchanged"
        >
          <span className={styles.long}>Open with a stock Yjs client</span>
          <span className={styles.short}>Stock client</span>
        </a>
      )}
      <a className={styles.button} href="/lab" title="Replicas on a virtual clock">
        Lab
      </a>
      <ThemeButton className={styles.button ?? ""} />
      <button type="button" className={styles.button} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={onHelp}>
        ?
      </button>
    </header>
  );
}
