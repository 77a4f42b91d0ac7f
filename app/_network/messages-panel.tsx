"use client";

import { type KeyboardEvent, memo, useEffect, useState } from "react";
import type { MessageAct } from "../../crdt/sync/held-messages.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { useControlPart, useSend } from "../_client/use-control.ts";
import { useStable } from "../_ui/use-stable.ts";
import { type Choice, chosenRow, hasPeer, heldRows, type HeldRow, rowText, stepTo } from "./held-rows.ts";
import { frameSign, frameTitle } from "./frame-words.ts";
import { type Holder, HoldSwitches } from "./hold-switches.tsx";
import { MessageDetails } from "./message-details.tsx";
import styles from "./messages-panel.module.css";
import { useToldMessages } from "./use-told-messages.ts";

const DELAY_MS = 1_000;
const NOT_HELD = { up: false, down: false };
const DONE: Readonly<Record<MessageAct, string>> = {
  deliver: "Delivered",
  "deliver-all": "Delivered all from",
  drop: "Dropped",
  duplicate: "Doubled",
  delay: "Delayed by 1 s",
  earlier: "Moved before the next",
  later: "Moved behind the next",
};

export interface MessagesPanelProps {
  readonly choice: Choice | null;
  readonly onChoose: (choice: Choice | null) => void;
}

/** Messages between the replicas and the server: held, and touched one by one. */
export function MessagesPanel({ choice, onChoose: setChoice }: MessagesPanelProps) {
  const send = useSend();
  const { links } = useToldMessages();
  const { people, mayBreak } = useControlPart((control) => ({ people: holdersOf(control.replicas), mayBreak: control.mayBreak }));
  const [said, setSaid] = useState("");
  const rows = heldRows(links);
  const more = links.reduce((sum, link) => sum + link.messages.length + link.more, 0) - rows.length;
  const current = chosenRow(rows, choice);
  const endsOf = ({ replicaId }: HeldRow) => {
    const replica = people.find((each) => each.replicaId === replicaId);
    return { name: replica?.name ?? "somebody", node: replica?.node ?? "the server", colour: replica?.colour ?? 0 };
  };
  const chosenLink = current?.link ?? null;
  const chosenId = current?.id ?? null;
  useEffect(() => {
    if (mayBreak && chosenLink !== null && chosenId !== null) send({ type: "inspect-message", link: chosenLink, id: chosenId });
  }, [send, mayBreak, chosenLink, chosenId]);

  const chosenKey = current?.key ?? null;
  useEffect(() => {
    if (chosenKey !== null) document.getElementById(`held-${chosenKey}`)?.scrollIntoView({ block: "nearest" });
  }, [chosenKey]);

  const canMoveUp = current !== null && hasPeer(rows, current, -1);
  const canMoveDown = current !== null && hasPeer(rows, current, 1);

  const choose = (at: number): void => setChoice(rows[at] === undefined ? null : { key: rows[at].key, at });
  const onChoose = useStable(choose);
  /** Does it to one message; `isNext`: to the first of its link. */
  const touch = (act: MessageAct, isNext = false): void => {
    const row = current ?? rows[0];
    if (row === undefined || !mayBreak) return;
    const target = isNext ? (rows.find(({ link }) => link === row.link) ?? row) : row;
    const { link, id } = target;
    setChoice({ key: row.key, at: rows.indexOf(row) });
    send({ type: "message", link, act, ...(act === "deliver-all" ? {} : { id }), ...(act === "delay" ? { ms: DELAY_MS } : {}) });
    setSaid(`${DONE[act]} ${rowText(target, endsOf(target)).split(",", 1)[0]}`);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey) return;
    if (event.altKey) {
      if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
      if (event.key === "ArrowUp" ? canMoveUp : canMoveDown) touch(event.key === "ArrowUp" ? "earlier" : "later");
      event.preventDefault();
      return;
    }
    const at = stepTo(event.key, current === null ? -1 : rows.indexOf(current), rows.length);
    const key = event.key.toLowerCase();
    if (at !== null) choose(at);
    else if (event.code === "Period" || key === "." || key === ">") {
      if (event.shiftKey) touch("deliver-all");
      else touch("deliver", true);
    } else if (key === "enter") touch("deliver");
    else if (key === "x" || key === "delete") touch("drop");
    else if (key === "d") touch("duplicate");
    else return;
    event.preventDefault();
  };

  return (
    <section className={styles.panel} aria-labelledby="messages-title" data-testid="messages-panel">
      <h2 id="messages-title" className={styles.title}>
        Messages <span className={styles.count}>{rows.length + more} on their way</span>
      </h2>
      {mayBreak && <HoldSwitches people={people} send={send} />}
      <ul
        role="listbox"
        aria-label="Messages on their way"
        aria-describedby="messages-keys"
        tabIndex={0}
        className={styles.list}
        aria-activedescendant={current === null ? undefined : `held-${current.key}`}
        onKeyDown={onKeyDown}
        onFocus={() => current === null && choose(0)}
        data-testid="messages"
      >
        {rows.map((row, at) => (
          <Row
            key={row.key}
            id={row.key}
            at={at}
            isChosen={row === current}
            colour={endsOf(row).colour}
            share={Math.round(row.share * 100) / 100}
            name={row.name}
            isHeld={row.dueInMs === null}
            text={rowText(row, endsOf(row))}
            onChoose={onChoose}
          />
        ))}
      </ul>
      {more > 0 && <p className={styles.note}>×{more} more</p>}
      {rows.length === 0 && <p className={styles.note}>Nothing waits. Hold a direction, then edit.</p>}
      {current !== null && <MessageDetails row={current} title={frameTitle(current.name ?? "unreadable")} />}
      {mayBreak && (
        <div className={styles.buttons}>
          <Act label="Deliver next" keys="." isDisabled={rows.length === 0} onAct={() => touch("deliver", true)} />
          <Act label="Deliver all" keys="Shift+." isDisabled={rows.length === 0} onAct={() => touch("deliver-all")} />
          <Act label="Deliver this first" keys="Enter" isDisabled={current === null || current.isNext} onAct={() => touch("deliver")} />
          <Act label="Drop" keys="X" isDisabled={rows.length === 0} onAct={() => touch("drop")} />
          <Act label="Duplicate" keys="D" isDisabled={rows.length === 0} onAct={() => touch("duplicate")} />
          <Act label="Delay 1 s" keys={null} isDisabled={rows.length === 0} onAct={() => touch("delay")} />
          <Act label="Move earlier" keys="Alt+↑" isDisabled={!canMoveUp} onAct={() => touch("earlier")} />
          <Act label="Move later" keys="Alt+↓" isDisabled={!canMoveDown} onAct={() => touch("later")} />
        </div>
      )}
      <p className={styles.status} role="status" data-testid="message-said">
        {said}
      </p>
      <p className={styles.note} id="messages-keys">
        <strong>Datagram mode:</strong> to drop, duplicate, delay, move or deliver out of turn is what a network of datagrams does; a
        WebSocket only delays or breaks. Where the server sees a number twice or one missing it closes the connection, the tab connects
        anew, and sync sends what is lacking. Heartbeats pass a hold, or the connection would end after 10 s. The list of notes is not held.
      </p>
    </section>
  );
}

interface RowProps {
  readonly id: string;
  readonly at: number;
  readonly isChosen: boolean;
  readonly colour: number;
  readonly share: number;
  readonly name: string | null;
  readonly isHeld: boolean;
  readonly text: string;
  readonly onChoose: (at: number) => void;
}

const Row = memo(function Row({ id, at, isChosen, colour, share, name, isHeld, text, onChoose }: RowProps) {
  return (
    <li
      id={`held-${id}`}
      role="option"
      aria-selected={isChosen}
      className={styles.row}
      style={{ ["--hue" as string]: `var(--replica-${colour})` }}
      data-testid="held-message"
      data-name={name}
      data-state={isHeld ? "held" : "flying"}
      onPointerDown={() => onChoose(at)}
    >
      <span className={styles.sign} aria-hidden="true">
        {frameSign(name ?? "")}
      </span>
      <span>{text}</span>
      <span className={styles.way} style={{ transform: `scaleX(${share})` }} aria-hidden="true" />
    </li>
  );
});

/** Tabs and stock clients, and what of theirs is held. */
function holdersOf(replicas: readonly ReplicaStatus[]): Holder[] {
  return replicas
    .filter(({ kind }) => kind !== "node")
    .map(({ replicaId, name, colour, kind, node = null, held = NOT_HELD }) => ({ replicaId, name, colour, kind, node, held }));
}

interface ActProps {
  readonly label: string;
  readonly keys: string | null;
  readonly isDisabled: boolean;
  readonly onAct: () => void;
}

function Act({ label, keys, isDisabled, onAct }: ActProps) {
  return (
    <button type="button" disabled={isDisabled} onClick={onAct} title={keys === null ? undefined : `${keys}, in the list`}>
      {label}
      {keys !== null && <kbd className={styles.keys}>{keys}</kbd>}
    </button>
  );
}
