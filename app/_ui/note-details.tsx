"use client";

import { useState } from "react";
import type { Tab } from "../_client/tab.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";
import { pinnedOf } from "../../crdt/catalog/pinned.ts";
import styles from "./note-details.module.css";

const TAG_LENGTH_MAX = 50;
const TAGS_MAX = 20;

export interface NoteDetailsProps {
  readonly tab: Tab;
  readonly entry: CatalogEntry;
  readonly isReadOnly: boolean;
}

/** What a note has beside its text. Each field is another replicated type, and says which. */
export function NoteDetails({ tab, entry, isReadOnly }: NoteDetailsProps) {
  const { noteId, tags, votes, views, viewers, pin } = entry;
  const own = tab.catalog.replica.ownVote(noteId);
  const vote = (by: 1 | -1): void => tab.change((catalog) => catalog.vote(noteId, by));
  const togglePin = (): void =>
    tab.change((catalog) => (pin === null ? catalog.pin(noteId, pinnedOf(catalog.notes()).at(-1)?.noteId ?? null) : catalog.unpin(noteId)));
  return (
    <section className={styles.row} aria-label="About this note" data-testid="note-details">
      <button type="button" aria-pressed={pin !== null} disabled={isReadOnly} data-testid="pin" onClick={togglePin}>
        {pin === null ? "Pin" : "Pinned"}
        <Type name="LWW" title="A last-writer-wins register: of two that pin and unpin apart, the later stamp stays" />
      </button>
      <span className={styles.field} role="group" aria-label="Tags (an observed-remove set)">
        {tags.map((tag) => (
          <span key={tag} className={styles.tag} data-testid="tag">
            {tag}
            {!isReadOnly && (
              <button
                type="button"
                aria-label={`Remove the tag ${tag}`}
                onClick={() => tab.change((catalog) => catalog.removeTag(noteId, tag))}
              >
                ✕
              </button>
            )}
          </span>
        ))}
        {!isReadOnly && tags.length < TAGS_MAX && (
          <NewTag onAdd={(tag) => !tags.includes(tag) && tab.change((catalog) => catalog.addTag(noteId, tag))} />
        )}
        <Type name="OR-Set" title="An observed-remove set: a tag that one adds while another removes it stays" />
      </span>
      <span className={styles.field} role="group" aria-label="Votes (a counter that goes both ways)">
        <button type="button" aria-label="Vote for it" aria-pressed={own > 0} disabled={isReadOnly || own > 0} onClick={() => vote(1)}>
          ▲
        </button>
        <span className={styles.number} data-testid="votes">
          {votes}
        </span>
        <button type="button" aria-label="Vote against it" aria-pressed={own < 0} disabled={isReadOnly || own < 0} onClick={() => vote(-1)}>
          ▼
        </button>
        <Type name="PN" title="A PN-Counter: each replica counts its own votes for and against, and all are summed" />
      </span>
      <span className={styles.field} data-testid="views">
        {views} {views === 1 ? "view" : "views"} by {viewers} {viewers === 1 ? "replica" : "replicas"}
        <Type name="G" title="A G-Counter: each replica counts its own views, and the highest count of each is summed" />
      </span>
    </section>
  );
}

function NewTag({ onAdd }: { readonly onAdd: (tag: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const tag = text.trim();
        if (tag !== "") onAdd(tag);
        setText("");
      }}
    >
      <input
        className={styles.input}
        aria-label="Add a tag"
        placeholder="Add a tag"
        data-testid="new-tag"
        maxLength={TAG_LENGTH_MAX}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </form>
  );
}

function Type({ name, title }: { readonly name: string; readonly title: string }) {
  return (
    <abbr className={styles.type} title={title}>
      {name}
    </abbr>
  );
}
