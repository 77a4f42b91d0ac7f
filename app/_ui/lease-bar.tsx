"use client";

import { useState } from "react";
import { nameIn, namesOf } from "../_client/replica-names.ts";
import type { Tab } from "../_client/tab.ts";
import { useControlPart } from "../_client/use-control.ts";
import { useLock } from "../_client/use-lock.ts";
import { lockClockOf, lockNowMs } from "../_network/lease-holder.ts";
import { useServerNow } from "../_network/use-server-now.ts";
import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { LockState } from "../../crdt/strategy/strategy.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import styles from "./lease-bar.module.css";

export interface LeaseBarProps {
  readonly tab: Tab;
  readonly note: NoteSession;
  /** Told when a draft was put away. */
  readonly onDraft: () => void;
}

/** Who may write now, for how long, and who waits. Only for notes with a lock. */
export function LeaseBar(props: LeaseBarProps) {
  const state = useLock(props.note);
  return state === null ? null : <Bar {...props} state={state} />;
}

function Bar({ tab, note, onDraft, state }: LeaseBarProps & { readonly state: LockState }) {
  const { replicas, self, clock } = useControlPart((control) => ({
    replicas: namesOf(control.replicas),
    self: control.self,
    clock: lockClockOf(control.fabric),
  }));
  const nowMs = useServerNow(state.holder === null ? null : 500);
  const [draft, setDraft] = useState<string | null>(null);
  const nameOf = (replica: ReplicaId): string => nameIn(replicas, self, replica);
  const isMine = state.holder === self;
  const isWaiting = state.queue.includes(self);
  const leftS = Math.max(0, Math.ceil((state.expiresAtMs - lockNowMs(clock, nowMs)) / 1_000));
  const keep = async (text: string): Promise<void> => {
    if (text.trim() !== "") await tab.database.addDraft(note.noteId, text);
    setDraft(null);
    onDraft();
  };
  return (
    <section className={styles.bar} aria-label="The lock of this note" data-testid="lease-bar">
      <p className={isMine ? styles.mine : styles.holder} data-testid="lease-holder">
        {state.holder === null
          ? "Nobody is editing: whoever types first has the lock."
          : `${nameOf(state.holder)} ${isMine ? "have" : "has"} the lock`}
      </p>
      {state.holder !== null && (
        <span className={styles.time} data-testid="lease-left">
          {leftS} s left
        </span>
      )}
      <span className={styles.token} title="The fencing token: higher with each holder">
        token {state.token}
      </span>
      {state.queue.length > 0 && <span data-testid="lease-queue">Waiting: {state.queue.map(nameOf).join(", ")}</span>}
      <span className={styles.space} />
      {isMine || isWaiting ? (
        <button type="button" onClick={() => note.releaseLock()}>
          {isMine ? "Give it up" : "Stop waiting"}
        </button>
      ) : (
        <button type="button" onClick={() => note.acquireLock()}>
          Ask for the lock
        </button>
      )}
      {!isMine && draft === null && (
        <button type="button" onClick={() => setDraft("")}>
          Write a draft
        </button>
      )}
      <label className={styles.fencing}>
        <input type="checkbox" checked={state.isFencing} onChange={({ target }) => note.setFencing(target.checked)} />
        Fencing
      </label>
      {draft !== null && (
        <form
          className={styles.draft}
          onSubmit={(event) => {
            event.preventDefault();
            void keep(draft);
          }}
        >
          <textarea
            autoFocus
            aria-label="Your draft: only you see it"
            placeholder="Only you see this. Insert it when you have the lock."
            value={draft}
            onChange={({ target }) => setDraft(target.value)}
          />
          <button type="submit">Keep the draft</button>
        </form>
      )}
    </section>
  );
}
