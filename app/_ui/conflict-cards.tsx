"use client";

import { useMemo, useState } from "react";
import { nameIn } from "../_client/replica-names.ts";
import type { Tab } from "../_client/tab.ts";
import { useControl } from "../_client/use-control.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";
import { type Conflict, conflictsOf } from "../../crdt/catalog/conflicts.ts";
import styles from "./conflict-cards.module.css";
import { conflictText } from "./conflict-text.ts";

export interface ConflictCardsProps {
  readonly tab: Tab;
  readonly entry: CatalogEntry;
  readonly isReadOnly: boolean;
}

/** One card for each field of the note that was written apart. Each choice is a new write, which ends the conflict everywhere. */
export function ConflictCards({ tab, entry, isReadOnly }: ConflictCardsProps) {
  const { noteId } = entry;
  // An entry is another one with each of its cells.
  const conflicts = useMemo(() => conflictsOf(tab.catalog.replica.cellsOf(entry.noteId)), [tab, entry]);
  const { replicas, self } = useControl();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const open = conflicts.filter((conflict) => !closed.has(JSON.stringify(conflict)));
  if (open.length === 0) return null;
  return (
    <div role="status" className={styles.cards}>
      {open.map((conflict) => {
        const key = JSON.stringify(conflict);
        const { sentence, rule, type } = conflictText(conflict, (replica) => nameIn(replicas, self, replica));
        return (
          <section key={key} className={styles.card} aria-label={`The ${conflict.field} was written apart`} data-testid="conflict-card">
            <p className={styles.sentence}>
              <span className={styles.type}>{type}</span> {sentence}
            </p>
            <p className={styles.rule}>{rule}</p>
            <div className={styles.buttons}>
              {!isReadOnly && <Choices tab={tab} noteId={noteId} conflict={conflict} />}
              <button type="button" aria-label="Close the card" title="Close" onClick={() => setClosed(new Set(closed).add(key))}>
                ✕
              </button>
            </div>
          </section>
        );
      })}
    </div>
  );
}

function Choices({ tab, noteId, conflict }: Pick<ConflictCardsProps, "tab"> & { readonly noteId: NoteId; readonly conflict: Conflict }) {
  switch (conflict.field) {
    case "title":
      return [conflict.winner, ...conflict.others].map(({ value, stamp }, n) => (
        <button key={`${stamp.replica} ${stamp.seq}`} type="button" onClick={() => tab.rename(noteId, value)}>
          {n === 0 ? "Keep" : stamp.replica === tab.replicaId ? "Use mine:" : "Use"} “{value}”
        </button>
      ));
    case "pin":
      return (
        <>
          <button type="button" onClick={() => tab.change((catalog) => catalog.pin(noteId, null))}>
            Pin it
          </button>
          <button type="button" onClick={() => tab.change((catalog) => catalog.unpin(noteId))}>
            Do not pin it
          </button>
        </>
      );
    case "tag":
      return (
        <>
          <button type="button" onClick={() => tab.change((catalog) => catalog.addTag(noteId, conflict.tag))}>
            Keep the tag
          </button>
          <button type="button" onClick={() => tab.change((catalog) => catalog.removeTag(noteId, conflict.tag))}>
            Remove it
          </button>
        </>
      );
  }
}
