"use client";

import { useState } from "react";
import type { Tab } from "../_client/tab.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";
import { UNTITLED } from "./listed-title.ts";
import styles from "./note-title.module.css";

const TITLE_LENGTH_MAX = 200;

/** The title, changed in place: a last-write-wins register, so that two names given apart are a conflict one can watch. */
export function NoteTitle({
  tab,
  noteId,
  entry,
  isReadOnly,
}: {
  readonly tab: Tab;
  readonly noteId: NoteId;
  readonly entry: CatalogEntry | null;
  readonly isReadOnly: boolean;
}) {
  const title = entry?.title ?? "";
  const [draft, setDraft] = useState<string | null>(null);
  const commit = (): void => {
    const next = (draft ?? title).trim();
    setDraft(null);
    if (entry !== null && next !== "" && next !== title) tab.rename(noteId, next);
  };
  return (
    <input
      className={styles.title}
      aria-label="Title (last write wins)"
      data-testid="note-title"
      value={draft ?? title}
      placeholder={entry === null ? noteId : UNTITLED}
      maxLength={TITLE_LENGTH_MAX}
      disabled={entry === null}
      readOnly={isReadOnly}
      size={Math.max(8, Math.min(40, (draft ?? title).length))}
      onChange={({ target }) => setDraft(target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setDraft(null);
      }}
    />
  );
}
