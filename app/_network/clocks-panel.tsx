"use client";

import { useState } from "react";
import type { Stamp } from "../../crdt/base/stamp.ts";
import { CLOCK_KINDS, type ClockKind } from "../../crdt/causal/stamp-clock.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import type { ControlState } from "../_client/control-client.ts";
import { namesOf } from "../_client/replica-names.ts";
import { useControlPart, useSend } from "../_client/use-control.ts";
import { timeText } from "../_ledger/time-text.ts";
import { ClockRow, type TickingReplica } from "./clock-row.tsx";
import { CLOCK_LINES, CLOCK_TITLES, ownedUntilMs } from "./clock-words.ts";
import styles from "./clocks.module.css";
import { withNodes } from "./node-rows.ts";
import { usePendingValue } from "./pending-value.ts";
import { useServerNow } from "./use-server-now.ts";

export interface ClocksPanelProps {
  readonly note: NoteSession;
  /** null: the note is not in the list that this tab sees. */
  readonly titleStamp: Stamp | null;
}

/** What this note is stamped with, each replica's clock, and each node's. */
export function ClocksPanel({ note, titleStamp }: ClocksPanelProps) {
  const send = useSend();
  const { replicas, clocks, stamps, self, mayBreak } = useControlPart(shown);
  const [isOpen, setOpen] = useState(false);
  const nowMs = useServerNow(isOpen ? 1_000 : null);
  const off = clocks.filter(({ clock }) => clock !== undefined);
  const nameOf = (stamp: Stamp): string => replicas.find(({ replicaId }) => replicaId === stamp.replica)?.name ?? "Somebody who has left";
  const textStamp = note.replica.latestStamp?.() ?? null;
  const owned = [
    { what: "title", stamp: titleStamp },
    { what: "newest text", stamp: textStamp },
  ].flatMap(({ what, stamp }) => {
    const untilMs = ownedUntilMs(stamp, stamps, nowMs);
    return stamp === null || untilMs === null ? [] : [{ what, untilMs, name: nameOf(stamp) }];
  });
  return (
    <details className={styles.panel} onToggle={({ currentTarget }) => setOpen(currentTarget.open)} data-testid="clocks">
      <summary className={styles.summary}>
        Clocks{" "}
        <span className={off.length > 0 ? styles.off : styles.note}>
          {CLOCK_TITLES[stamps].toLowerCase()}
          {off.length > 0 && `, ${off.length === 1 ? `${off[0]!.name}'s is off` : `${off.length} are off`}`}
        </span>
      </summary>
      <KindChoice chosen={stamps} mayChoose={mayBreak} onKind={(kind) => send({ type: "set-stamps", noteId: note.noteId, kind })} />
      <p className={styles.note}>
        {note.replica.latestStamp === undefined
          ? "In this note stamps decide about the title alone: no text is lost to a clock."
          : "In this note the later stamp wins, in the text as in the title."}
      </p>
      {owned.map(({ what, untilMs, name }) => (
        <p key={what} className={styles.off} role="status" data-testid="clock-owned">
          A stamp from the future: {name} owns the {what} until {timeText(untilMs)}.
        </p>
      ))}
      <ul className={styles.list}>
        {/* Eight clocks that go are drawn for whoever sees them. */}
        {isOpen &&
          clocks.map((replica) => (
            <ClockRow
              key={replica.replicaId}
              replica={replica}
              isSelf={replica.replicaId === self}
              nowMs={nowMs}
              mayBreak={mayBreak}
              send={send}
            />
          ))}
      </ul>
      <p className={styles.note}>
        <a href={`/compare?note=${note.noteId}&by=clocks`}>Run these edits again under every clock</a>
      </p>
    </details>
  );
}

/** Of the tabs, this one first, since others than our tabs stamp nothing here; then the nodes, whose clock counts by node time. */
function shown({ replicas, fabric, self, stamps, mayBreak }: ControlState) {
  const tabs = replicas.filter(({ kind }) => kind === "tab").sort((a, b) => Number(b.replicaId === self) - Number(a.replicaId === self));
  const nodes = fabric === null || fabric.nodes.length < 2 ? [] : withNodes(replicas, fabric).filter(({ kind }) => kind === "node");
  return {
    replicas: namesOf(replicas),
    clocks: [...tabs, ...nodes].map(({ replicaId, name, colour, kind, clock }): TickingReplica => ({
      replicaId,
      name,
      colour,
      kind,
      clock,
    })),
    stamps,
    self,
    mayBreak,
  };
}

function KindChoice({
  chosen,
  mayChoose,
  onKind,
}: {
  readonly chosen: ClockKind;
  readonly mayChoose: boolean;
  readonly onKind: (kind: ClockKind) => void;
}) {
  const [shown, choose] = usePendingValue(chosen, onKind);
  return (
    <fieldset className={styles.kinds}>
      <legend>Writes are stamped with</legend>
      {CLOCK_KINDS.map((kind) => (
        <label key={kind} className={styles.kind}>
          <input
            type="radio"
            name="stamp-clock"
            value={kind}
            checked={kind === shown}
            disabled={!mayChoose}
            onChange={() => choose(kind)}
          />
          {CLOCK_TITLES[kind]}
        </label>
      ))}
      <p className={styles.note} data-testid="clock-line">
        {CLOCK_LINES[shown]}
      </p>
    </fieldset>
  );
}
