"use client";

import { nameIn, namesOf } from "../_client/replica-names.ts";
import type { ControlState } from "../_client/control-client.ts";
import { useControlPart, useSend } from "../_client/use-control.ts";
import { useLock } from "../_client/use-lock.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import styles from "./fabric.module.css";
import { leaseHolderOf, lockClockOf, lockNowMs } from "./lease-holder.ts";
import { hasLease, leaseText, lockText } from "./lease-words.ts";
import { useServerNow } from "./use-server-now.ts";

/** Which node orders this note, which replica may write in it, and what ends either. Nothing where any node and anybody may. */
export function LeasePanel({ note }: { readonly note: NoteSession }) {
  const send = useSend();
  const { lease, clock, replicas, self, mayBreak } = useControlPart(shown);
  const lock = useLock(note);
  const nowMs = useServerNow(lock === null || lock.holder === null ? null : 1_000);
  if (lease === null && lock === null) return null;
  const { noteId } = note;
  return (
    <section className={styles.panel} aria-label="Lease and lock" data-testid="lease-panel">
      {lease !== null && (
        <div className={styles.held}>
          <p role="status" data-testid="lease-of-note">
            <strong>Lease:</strong> {lease.text}
          </p>
          {mayBreak && lease.isHeld && (
            <ConfirmButton
              label="End the lease"
              question="Another server takes over under a higher token. End it?"
              confirm="End it now"
              onConfirm={() => send({ type: "end-lease", noteId })}
            />
          )}
        </div>
      )}
      {lock !== null && (
        <div className={styles.held}>
          <p data-testid="lock-of-note">
            <strong>Lock:</strong>{" "}
            {lockText(
              lock,
              (replica) => nameIn(replicas, self, replica),
              Math.max(0, Math.round((lock.expiresAtMs - lockNowMs(clock, nowMs)) / 1_000)),
            )}
          </p>
          {mayBreak && lock.holder !== null && (
            <ConfirmButton
              label="End the lock"
              question={
                lock.isFencing ? "What its holder still sends will bounce. End it?" : "What its holder still sends will overwrite. End it?"
              }
              confirm="End it now"
              onConfirm={() => send({ type: "end-lock", noteId })}
            />
          )}
        </div>
      )}
    </section>
  );
}

function shown({ fabric, replicas, self, mayBreak }: ControlState) {
  return {
    lease:
      fabric !== null && fabric.nodes.length > 1 && hasLease(fabric)
        ? { text: leaseText(fabric), isHeld: leaseHolderOf(fabric) !== null }
        : null,
    clock: lockClockOf(fabric),
    replicas: namesOf(replicas),
    self,
    mayBreak,
  };
}
