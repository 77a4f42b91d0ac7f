"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Tab } from "../_client/tab.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";
import { pinnedOf } from "../../crdt/catalog/pinned.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { listedTitle } from "./listed-title.ts";
import { NewNote } from "./new-note.tsx";
import styles from "./note-list.module.css";
import { STRATEGY_TITLES } from "./strategy-titles.ts";

/** How long a deletion can be taken back from the list itself. */
const UNDO_MS = 10_000;

export interface NoteListProps {
  readonly tab: Tab;
  readonly notes: readonly CatalogEntry[];
  readonly current: NoteId;
  /** On narrow screens the list is a sheet. */
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** null: this browser may not change the list. */
  readonly onCreate: ((strategy: StrategyName) => void) | null;
}

/** Every note there is, as this tab's copy of the list has it. */
export function NoteList({ tab, notes, current, isOpen, onClose, onCreate }: NoteListProps) {
  const [query, setQuery] = useState("");
  const [deleted, setDeleted] = useState<CatalogEntry | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const listed = notes.filter(({ isDeleted }) => !isDeleted).toReversed();
  const words = query.trim().toLowerCase();
  const found = listed.filter((entry) => holds(entry, words));
  const pinned = pinnedOf(found);
  const remove = (entry: CatalogEntry): void => {
    tab.change((catalog) => catalog.setDeleted(entry.noteId, true));
    setDeleted(entry);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDeleted(null), UNDO_MS);
  };
  const restore = (entry: CatalogEntry): void => {
    tab.change((catalog) => catalog.setDeleted(entry.noteId, false));
    setDeleted(null);
  };
  const itemProps = { current, onClose, onRemove: onCreate === null ? null : remove };
  return (
    <>
      {isOpen && <div className={styles.shade} onClick={onClose} aria-hidden="true" />}
      <nav
        id="note-list"
        className={styles.list}
        data-open={isOpen}
        data-region="list"
        aria-label="Notes"
        onKeyDown={({ key }) => {
          if (key === "Escape") onClose();
        }}
      >
        <div className={styles.head}>
          <input
            type="search"
            className={styles.search}
            placeholder="Search titles and tags"
            aria-label="Search titles and tags"
            data-testid="note-search"
            value={query}
            onChange={({ target }) => setQuery(target.value)}
          />
          {onCreate !== null && <NewNote onCreate={onCreate} />}
        </div>
        {listed.length === 0 && (
          <p className={styles.empty}>
            {onCreate === null ? "The notes whose links you have opened are listed here." : "No notes yet. Make one with “New note”."}
          </p>
        )}
        {listed.length > 0 && found.length === 0 && <p className={styles.empty}>No title or tag holds “{query}”.</p>}
        {pinned.length > 0 && (
          <>
            <h2 className={styles.heading}>Pinned</h2>
            <ul className={`${styles.items} ${styles.pinned}`} aria-label="Pinned notes" data-testid="pinned-list">
              {pinned.map((entry, n) => (
                <Item key={entry.noteId} {...itemProps} entry={entry}>
                  {n > 0 && onCreate !== null && words === "" && (
                    <button
                      type="button"
                      className={styles.remove}
                      aria-label={`Move ${listedTitle(entry)} up`}
                      title="Move up"
                      onClick={() => tab.change((catalog) => catalog.pin(entry.noteId, pinned[n - 2]?.noteId ?? null))}
                    >
                      ↑
                    </button>
                  )}
                </Item>
              ))}
            </ul>
            {found.length > pinned.length && <h2 className={styles.heading}>All</h2>}
          </>
        )}
        <ul className={styles.items} aria-label="Notes" data-testid="note-list">
          {found
            .filter(({ pin }) => pin === null)
            .map((entry) => (
              <Item key={entry.noteId} {...itemProps} entry={entry} />
            ))}
        </ul>
        <p className={styles.pages}>
          <a href="/learn">Learn</a>
          <a href="/lab">Lab</a>
          <a href="/compare">Compare</a>
          <a href="/beside">AP | CP</a>
          <a href="/bench">Bench</a>
        </p>
        <div role="status">
          {deleted !== null && (
            <p className={styles.undo}>
              Deleted “{listedTitle(deleted)}”.{" "}
              <button type="button" onClick={() => restore(deleted)}>
                Undo
              </button>
            </p>
          )}
        </div>
      </nav>
    </>
  );
}

interface ItemProps {
  readonly entry: CatalogEntry;
  readonly current: NoteId;
  readonly onClose: () => void;
  /** null: this browser may not delete it. */
  readonly onRemove: ((entry: CatalogEntry) => void) | null;
  readonly children?: ReactNode;
}

function Item({ entry, current, onClose, onRemove, children }: ItemProps) {
  const router = useRouter();
  const href = `/notes/${entry.noteId}`;
  return (
    <li className={styles.item} data-current={entry.noteId === current}>
      <a
        href={href}
        className={styles.link}
        aria-current={entry.noteId === current ? "page" : undefined}
        data-testid="note-item"
        onClick={(event) => {
          onClose();
          // A new tab, a new window or a download is the browser's.
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          router.push(href);
        }}
      >
        <span className={styles.title}>{listedTitle(entry)}</span>
        <span className={styles.strategy}>{STRATEGY_TITLES[entry.strategy]}</span>
      </a>
      {children}
      {onRemove !== null && (
        <button
          type="button"
          className={styles.remove}
          aria-label={`Delete ${listedTitle(entry)}`}
          title="Delete"
          onClick={() => onRemove(entry)}
        >
          ✕
        </button>
      )}
    </li>
  );
}

/** Whether `words`, in lower case, are in the title, in a tag or in the id. */
function holds({ title, noteId, tags }: CatalogEntry, words: string): boolean {
  return words === "" || noteId.includes(words) || [title, ...tags].some((text) => text.toLowerCase().includes(words));
}
