"use client";

import { type KeyboardEvent, useEffect } from "react";
import { useMedia } from "../_ui/use-media.ts";
import { frameSign, frameTitle } from "../_network/frame-words.ts";
import { ReplicaGlyph } from "../_network/replica-glyph.tsx";
import type { MessageView } from "../../crdt/lab/sandbox-views.ts";
import { Fixed } from "./fixed.tsx";
import type { LabState } from "./lab-run.ts";
import type { LabFrame } from "./lab-messages.ts";
import { laneName, timeText } from "./lab-words.ts";
import { OrdersButton } from "./orders-button.tsx";
import { useLab } from "./use-lab.ts";
import styles from "./wires-panel.module.css";

/** More would be a blur. */
const PILLS_MAX = 40;

export interface WiresPanelProps {
  readonly frame: LabFrame;
  readonly inspected: LabState["inspected"];
  readonly chosen: number | null;
  readonly onChoose: (message: number | null) => void;
  readonly onTouch: (act: "deliver" | "drop" | "duplicate" | "delay") => void;
}

/** The messages on their way, each where it is on its wire; each can be chosen and touched. */
export function WiresPanel({ frame, inspected, chosen, onChoose, onTouch }: WiresPanelProps) {
  const run = useLab();
  const { messages, hiddenMessages, options, nowMs, past } = frame;
  const shown = messages.slice(0, PILLS_MAX);
  const more = messages.length - shown.length + hiddenMessages;
  const current = messages.find(({ message }) => message === chosen) ?? null;
  const isList = useMedia(LIST);
  useEffect(() => run.inspect(chosen), [run, chosen]);
  // The neighbours of the chosen message on its wire, the first to arrive first.
  const wire = current === null ? [] : messages.filter(({ from, to }) => from === current.from && to === current.to);
  const place = current === null ? -1 : wire.indexOf(current);
  const [ahead, behind] = [wire[place - 1], place < 0 ? undefined : wire[place + 1]];
  const moveBy = (step: number): void => {
    const other = step < 0 ? ahead : behind;
    if (current === null || other === undefined) return;
    run.act({ do: "move", message: current.message, side: step < 0 ? "before" : "after", other: other.message });
  };
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const at = shown.findIndex(({ message }) => message === chosen);
    if (event.shiftKey && step !== undefined) {
      event.preventDefault();
      if (past === null) moveBy(step);
      return;
    }
    const next = step === undefined ? { Home: 0, End: shown.length - 1 }[event.key] : at < 0 ? 0 : at + step;
    if (next === undefined) return;
    event.preventDefault();
    onChoose(shown[Math.max(0, Math.min(next, shown.length - 1))]?.message ?? null);
  };
  return (
    <section className={styles.panel} aria-labelledby="wires-title" data-region>
      <h2 id="wires-title" className={styles.title}>
        Wires
        <span className={styles.count} data-testid="wires-count">
          {messages.length + hiddenMessages} on their way{past !== null && ` at ${timeText(past.atMs)}`}
        </span>
      </h2>
      <div className={styles.wires}>
        {frame.replicas.map(({ up, down, node }, replica) => (
          <div key={replica} className={styles.wire} aria-hidden="true">
            <ReplicaGlyph name={laneName(replica, options)} colour={replica} kind="tab" />
            <span className={`${styles.line} ${up.cut === "open" ? "" : styles.lineCut}`} />
            <span className={`${styles.line} ${styles.lineDown} ${down.cut === "open" ? "" : styles.lineCut}`} />
            {frame.nodes.length > 1 ? <WireEnd node={node} /> : <ReplicaGlyph name="S1" colour={7} kind="node" />}
          </div>
        ))}
        {frame.nodeLinks
          .filter(({ from, to }) => from < to)
          .map(({ from, to, isCut }) => {
            const isBackCut = frame.nodeLinks.some((back) => back.from === to && back.to === from && back.isCut);
            return (
              <div key={`${from}-${to}`} className={styles.wire} aria-hidden="true">
                <WireEnd node={from} />
                <span className={`${styles.line} ${isCut ? styles.lineCut : ""}`} />
                <span className={`${styles.line} ${styles.lineDown} ${isBackCut ? styles.lineCut : ""}`} />
                <WireEnd node={to} />
              </div>
            );
          })}
        <ul
          role="listbox"
          aria-label="Messages on their way"
          tabIndex={0}
          className={styles.pills}
          data-testid="wires"
          aria-activedescendant={current === null ? undefined : `message-${current.message}`}
          onKeyDown={move}
          onFocus={() => current === null && onChoose(shown[0]?.message ?? null)}
        >
          {shown.map((each) => (
            <Pill key={each.message} view={each} frame={frame} isChosen={each.message === chosen} isList={isList} onChoose={onChoose} />
          ))}
        </ul>
      </div>
      {more > 0 && <p className={styles.note}>×{more} more</p>}
      {shown.length === 0 && <p className={styles.note}>{past === null ? "Nothing is on its way." : "Nothing was on its way."}</p>}
      <div className={styles.details} data-testid="message-details">
        {current === null ? (
          <p className={styles.note}>Choose a message to look into it. A key without a choice takes the next to arrive.</p>
        ) : (
          <>
            <p className={styles.sentence}>
              <strong>{frameTitle(current.name)}</strong> #{current.message}, {laneName(current.from, options)} →{" "}
              {laneName(current.to, options)}, {current.bytes} B, sent {timeText(nowMs - current.sentAtMs)} ago,{" "}
              {current.dueMs === null ? "held" : `arrives in ${timeText(Math.max(0, current.dueMs - nowMs))}`}
            </p>
            {inspected?.message === current.message && (
              <p className={styles.note}>
                {current.name}: {[...inspected.lines, ...inspected.contents].join("; ")}
                <code className={styles.hex}>{inspected.hex}</code>
              </p>
            )}
          </>
        )}
      </div>
      <Fixed isPast={past !== null}>
        <div className={styles.buttons}>
          <button type="button" title="." disabled={messages.length === 0} data-testid="message-deliver" onClick={() => onTouch("deliver")}>
            Deliver now
          </button>
          <button type="button" title="X" disabled={messages.length === 0} data-testid="message-drop" onClick={() => onTouch("drop")}>
            Drop
          </button>
          <button
            type="button"
            title="D"
            disabled={messages.length === 0}
            data-testid="message-duplicate"
            onClick={() => onTouch("duplicate")}
          >
            Duplicate
          </button>
          <button type="button" title="L" disabled={messages.length === 0} data-testid="message-delay" onClick={() => onTouch("delay")}>
            Delay 1 s
          </button>
          <button type="button" title="Shift ←" disabled={ahead === undefined} data-testid="message-earlier" onClick={() => moveBy(-1)}>
            Move before {ahead === undefined ? "" : `#${ahead.message}`}
          </button>
          <button type="button" title="Shift →" disabled={behind === undefined} data-testid="message-later" onClick={() => moveBy(1)}>
            Move after {behind === undefined ? "" : `#${behind.message}`}
          </button>
          <OrdersButton frame={frame} />
        </div>
      </Fixed>
      <p className={styles.note}>
        Touched messages act as on a network of datagrams. A WebSocket only delays or breaks; where the protocol sees a number twice or out
        of turn, it connects anew.
      </p>
    </section>
  );
}

/** The number of a wire: those of replicas first, then those between nodes, S1–S2, S1–S3, S2–S3 and so on. */
function rowOf(near: number, far: number, { replicas, nodes = 1 }: LabFrame["options"]): number {
  if (near < replicas) return near;
  let row = replicas;
  for (let first = replicas; first < near; first++) row += replicas + nodes - 1 - first;
  return row + far - near - 1;
}

function WireEnd({ node }: { readonly node: number }) {
  return <span className={styles.wireEnd}>S{node + 1}</span>;
}

/** Where there is no room for wires, or nothing is to move, the messages are a list: as the style sheet has it. */
const LIST = "(max-width: 599px), (prefers-reduced-motion: reduce)";

interface PillProps {
  readonly view: MessageView;
  readonly frame: LabFrame;
  readonly isChosen: boolean;
  /** Whether it is a row of words, not a pill on its wire. */
  readonly isList: boolean;
  readonly onChoose: (message: number) => void;
}

function Pill({ view, frame, isChosen, isList, onChoose }: PillProps) {
  const { options, nowMs } = frame;
  const { message, from, to, name, bytes, share, dueMs, sentAtMs } = view;
  const isUp = from < to;
  const [near, far] = isUp ? [from, to] : [to, from];
  const row = rowOf(near, far, options);
  const percent = Math.round(share * 100);
  return (
    <li
      id={`message-${message}`}
      role="option"
      aria-selected={isChosen}
      aria-label={`${frameTitle(name)} from ${laneName(from, options)} to ${laneName(to, options)}, ${bytes} bytes, ${dueMs === null ? "held" : "under way"}`}
      className={`${styles.pill} ${dueMs === null ? styles.held : ""}`}
      style={{
        // As custom properties, which the narrow list leaves alone.
        ["--x" as string]: (isUp ? share : 1 - share).toFixed(4),
        ["--y" as string]: `${row * 44 + (isUp ? 6 : 22)}px`,
        ["--hue" as string]: near < options.replicas ? `var(--replica-${near})` : "var(--muted)",
      }}
      data-testid="message"
      data-message={message}
      data-name={name}
      data-from={laneName(from, options)}
      onPointerDown={() => onChoose(message)}
    >
      <span className={styles.sign}>{frameSign(name)}</span>
      <span className={styles.row} hidden={!isList}>
        {isList && (
          <>
            {laneName(from, options)} → {laneName(to, options)} {frameTitle(name)}, {bytes} B, {timeText(nowMs - sentAtMs)},{" "}
            {dueMs === null ? `held at ${percent} %` : `${percent} %`}
          </>
        )}
      </span>
    </li>
  );
}
