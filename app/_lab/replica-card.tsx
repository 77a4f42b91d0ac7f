"use client";

import { memo, useEffect, useRef } from "react";
import type { RemoteCaret } from "../_editor/remote-carets.ts";
import { Fixed } from "./fixed.tsx";
import { LabEditor } from "../_editor/lab-editor.ts";
import { parseMs } from "../_network/link-state.ts";
import { isCutByHand, linkWord } from "../_network/link-word.ts";
import { ReplicaGlyph } from "../_network/replica-glyph.tsx";
import { LATENCY_MS_MAX } from "../../crdt/network/conditions.ts";
import type { ReplicaView } from "../../crdt/lab/sandbox-views.ts";
import type { LabFrame } from "./lab-messages.ts";
import { LockButton } from "./lock-button.tsx";
import { laneName } from "./lab-words.ts";
import caretStyles from "../_editor/carets.module.css";
import styles from "./replica-card.module.css";
import { ReplicaExtras } from "./replica-extras.tsx";
import { useLab } from "./use-lab.ts";

export interface ReplicaCardProps {
  readonly frame: LabFrame;
  readonly replica: number;
  readonly view: ReplicaView;
}

/** One replica: its text to type into, how it stands to the node, and what can be done to it. */
export const ReplicaCard = memo(function ReplicaCard({ frame, replica, view }: ReplicaCardProps) {
  const run = useLab();
  const { past, options } = frame;
  const name = laneName(replica, options);
  const conditions = { up: view.up, down: view.down };
  const word = linkWord({ conditions, cutSinceMs: null, isConnected: view.connection === "synced", kind: "tab" });
  const isCut = isCutByHand(conditions);
  return (
    <section className={styles.card} aria-label={`Replica ${name}`} data-testid={`card-${name}`} id={`card-${replica}`}>
      <header className={styles.head}>
        <ReplicaGlyph name={name} colour={replica} kind="tab" />
        <h2 className={styles.name}>{name}</h2>
        {past !== null && <span className={styles.tag}>then</span>}
        {view.isBot && <span className={styles.tag}>bot</span>}
        <span className={`${styles.word} ${styles[word.toLowerCase()]}`} data-testid={`word-${name}`}>
          {word}
        </span>
        <span className={styles.facts}>
          {view.unsaved > 0 && <span data-testid={`unsaved-${name}`}>{view.unsaved} unsaved</span>}
          <code title="Hash of the text" data-testid={`hash-${name}`}>
            {view.hash.slice(0, 6)}
          </code>
        </span>
      </header>
      <Text frame={frame} replica={replica} name={name} />
      {view.pause !== null && <p className={styles.pause}>{view.pause}</p>}
      <Fixed isPast={past !== null}>
        <ReplicaExtras frame={frame} view={view} name={name} />
        <div className={styles.controls}>
          <button
            type="button"
            aria-pressed={view.isBot}
            data-testid={`bot-${name}`}
            aria-label={`Bot types as ${name}`}
            onClick={() => run.act({ do: "bot", by: replica, isOn: !view.isBot })}
          >
            Bot
          </button>
          <button
            type="button"
            className={styles.cut}
            aria-pressed={isCut}
            data-testid={`cut-${name}`}
            aria-label={`Cut ${name} off`}
            onClick={() => run.act(isCut ? { do: "heal", by: replica } : { do: "cut", by: replica, direction: "both" })}
          >
            {isCut ? "Heal" : "Cut"}
          </button>
          <label className={styles.latency}>
            <span>Latency</span>
            <input
              type="number"
              min={0}
              max={LATENCY_MS_MAX}
              step={50}
              value={view.up.latencyMs}
              aria-label={`Latency of ${name} in milliseconds, one way`}
              onChange={({ target }) => {
                const latencyMs = parseMs(target.value, LATENCY_MS_MAX);
                if (latencyMs !== null) run.act({ do: "link", by: replica, direction: "both", set: { latencyMs } });
              }}
            />
            <span>ms</span>
          </label>
          {view.lock !== null && (
            <LockButton lock={view.lock} leftS={leftOf(view, frame)} replica={replica} name={name} options={options} />
          )}
          <More replica={replica} view={view} name={name} isPast={past !== null} />
        </div>
      </Fixed>
    </section>
  );
}, isSame);

/** What a card reads of a frame. */
function isSame(before: ReplicaCardProps, { frame, replica, view }: ReplicaCardProps): boolean {
  const was = before.frame;
  return (
    before.replica === replica &&
    before.view === view &&
    was.options === frame.options &&
    was.past === frame.past &&
    leftOf(before.view, was) === leftOf(view, frame)
  );
}

/** How much longer the lock is held, in whole seconds; null: nobody holds it. */
function leftOf({ lock }: ReplicaView, { nowMs }: LabFrame): number | null {
  return lock === null || lock.holder === null ? null : Math.max(0, Math.ceil((lock.expiresAtMs - nowMs) / 1_000));
}

/** What is wanted less often. */
function More({ replica, view, name, isPast }: Omit<ReplicaCardProps, "frame"> & { readonly name: string; readonly isPast: boolean }) {
  const run = useLab();
  const cut = (direction: "up" | "down"): void => {
    run.act({ do: "heal", by: replica });
    run.act({ do: "cut", by: replica, direction });
  };
  return (
    <details className={styles.more}>
      <summary aria-label={`More of ${name}`}>More</summary>
      <div className={styles.controls}>
        <button type="button" aria-pressed={view.up.cut !== "open" && view.down.cut === "open"} onClick={() => cut("up")}>
          Can hear, cannot send
        </button>
        <button type="button" aria-pressed={view.down.cut !== "open" && view.up.cut === "open"} onClick={() => cut("down")}>
          Can send, cannot hear
        </button>
        <label className={styles.latency}>
          <span>Jitter up to</span>
          <input
            type="number"
            min={0}
            max={LATENCY_MS_MAX}
            step={50}
            value={view.up.jitterMs}
            aria-label={`Jitter of ${name} in milliseconds`}
            onChange={({ target }) => {
              const jitterMs = parseMs(target.value, LATENCY_MS_MAX);
              if (jitterMs !== null) run.act({ do: "link", by: replica, direction: "both", set: { jitterMs } });
            }}
          />
          <span>ms</span>
        </label>
        <label className={styles.latency}>
          <span>Clock off by</span>
          <input
            key={isPast ? view.clockOffsetMs : "now"}
            type="number"
            step={60}
            defaultValue={view.clockOffsetMs / 1_000}
            aria-label={`Clock of ${name}: off by this many seconds`}
            onChange={({ target }) => {
              const offsetS = Math.round(Number(target.value));
              if (target.value !== "" && Math.abs(offsetS) <= 86_400) run.act({ do: "clock", by: replica, offsetMs: offsetS * 1_000 });
            }}
          />
          <span>s</span>
        </label>
      </div>
    </details>
  );
}

/** The editor, or of the past what it held then. */
function Text({ frame, replica, name }: Pick<ReplicaCardProps, "frame" | "replica"> & { readonly name: string }) {
  const run = useLab();
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<LabEditor>(null);
  const { past } = frame;
  const first = useRef(frame);
  useEffect(() => {
    if (host.current === null) return;
    const made = new LabEditor({
      parent: host.current,
      label: `Text of replica ${name}`,
      testId: `editor-${name}`,
      onEdit: (edit, caret) => run.edit(replica, edit, caret),
      onAsk: (index) => run.askWhy({ replica, target: { index } }),
      onCaret: (anchor, head) => run.act({ do: "caret", by: replica, anchor, head }),
    });
    editor.current = made;
    made.reset(first.current.texts?.[replica] ?? "");
    let shown = "[]";
    const detach = run.attach(replica, {
      onText: (text) => {
        made.reset(text);
        shown = "[]";
      },
      onBatch: (batch, carets) => {
        const list = caretsOf(carets);
        if (batch !== null) made.receive(batch, list);
        else if (JSON.stringify(list) !== shown) made.showCarets(list);
        shown = JSON.stringify(list);
      },
    });
    return () => {
      detach();
      made.destroy();
      editor.current = null;
    };
  }, [run, replica, name]);
  return (
    <>
      <div ref={host} className={`${styles.editor} ${caretStyles.carets}`} hidden={past !== null} />
      {past !== null && (
        <div
          className={styles.past}
          role="textbox"
          aria-readonly="true"
          aria-multiline="true"
          tabIndex={0}
          dir="auto"
          aria-label={`Text of replica ${name} then`}
          data-testid={`past-${name}`}
        >
          {past.texts[replica]}
        </div>
      )}
    </>
  );
}

function caretsOf(carets: ReplicaView["carets"]): RemoteCaret[] {
  return carets.map(({ replica, anchor, head }) => ({
    id: replica,
    name: "ABCDEF".charAt(replica),
    colour: replica,
    anchor,
    head,
    ghost: null,
  }));
}
