"use client";

import { memo, useEffect } from "react";
import type { LensRow, LensView } from "../../crdt/lab/lens.ts";
import type { LabFrame, LabLens } from "./lab-messages.ts";
import { laneName } from "./lab-words.ts";
import { LensCells } from "./lens-cells.tsx";
import styles from "./lens-panel.module.css";
import { LensTable } from "./lens-table.tsx";
import { LensTree } from "./lens-tree.tsx";
import { useLab } from "./use-lab.ts";

const VIEWS = [
  { id: "sequence", title: "Sequence" },
  { id: "tree", title: "Tree" },
  { id: "table", title: "Table" },
] as const;

export interface LensOpen {
  readonly replica: number;
  readonly view: (typeof VIEWS)[number]["id"];
  /** Id of a row, or of a character in one. */
  readonly chosen: string | null;
}

export const FIRST_LENS: LensOpen = { replica: 0, view: "sequence", chosen: null };

export interface LensPanelProps {
  readonly frame: LabFrame;
  readonly answer: LabLens | null;
  /** null: closed. */
  readonly open: LensOpen | null;
  /** The chosen event. */
  readonly event: number | null;
  readonly onOpen: (open: LensOpen | null) => void;
  readonly onEvent: (n: number) => void;
}

/** What a view of the rows is given. */
export interface LensRowsProps {
  readonly view: LensView;
  readonly laneOf: (row: LensRow) => number;
  readonly isChosen: (row: LensRow) => boolean;
  readonly onChoose: (row: LensRow) => void;
}

/** What is inside of a replica: every item, write or entry that it holds, and what waits. Asked for, never streamed. */
export const LensPanel = memo(function LensPanel({ frame, answer, open, event, onOpen, onEvent }: LensPanelProps) {
  return (
    <section className={styles.panel} aria-labelledby="lens-title" data-testid="lens" data-region>
      <h2 id="lens-title" className={styles.title}>
        <button
          type="button"
          aria-expanded={open !== null}
          title="I"
          data-testid="lens-toggle"
          onClick={() => onOpen(open === null ? FIRST_LENS : null)}
        >
          Internals
        </button>
        <span className={styles.note}>what a replica holds beside its text</span>
      </h2>
      {open !== null && <Opened frame={frame} answer={answer} open={open} event={event} onOpen={onOpen} onEvent={onEvent} />}
    </section>
  );
});

function Opened({ frame, answer, open, event, onOpen, onEvent }: LensPanelProps & { readonly open: LensOpen }) {
  const run = useLab();
  const { options, world, isRunning, past } = frame;
  const replica = Math.min(open.replica, options.replicas - 1);
  const length = frame.replicas[replica]!.hash;
  // While time goes by a picture of one moment is enough; it is taken anew whenever the world stands still.
  useEffect(() => {
    if (!isRunning) run.askLens(replica);
  }, [run, replica, world, isRunning, length]);
  const lens = answer !== null && answer.world === world && answer.replica === replica ? answer : null;
  const choose = (row: LensRow): void => {
    onOpen({ ...open, chosen: row.id });
    if (row.event !== null) onEvent(row.event);
    if (row.canAsk) run.askWhy({ replica, target: { item: row.id } });
  };
  const rows = lens === null ? null : { view: lens.view, laneOf, isChosen: chosenBy(open.chosen, event), onChoose: choose };
  return (
    <>
      <div className={styles.bar}>
        <label className={styles.field}>
          <span>Replica</span>
          <select
            value={replica}
            data-testid="lens-replica"
            onChange={({ target }) => onOpen({ ...open, replica: Number(target.value), chosen: null })}
          >
            {frame.replicas.map((_, n) => (
              <option key={n} value={n}>
                {laneName(n, options)}
              </option>
            ))}
          </select>
        </label>
        <span role="group" aria-label="View" className={styles.views}>
          {VIEWS.map(({ id, title }) => (
            <button
              key={id}
              type="button"
              aria-pressed={open.view === id}
              data-testid={`lens-${id}`}
              onClick={() => onOpen({ ...open, view: id })}
            >
              {title}
            </button>
          ))}
        </span>
        {isRunning && (
          <button type="button" onClick={() => run.askLens(replica)}>
            Look again
          </button>
        )}
      </div>
      {past !== null && (
        <p className={styles.note}>These are the internals of the present, not of the moment in view. Fork here to see those.</p>
      )}
      {lens === null || rows === null ? (
        <p className={styles.note} role="status">
          Looking inside …
        </p>
      ) : (
        <>
          <Waiting view={lens.view} name={laneName(replica, options)} />
          {lens.view.rows.length === 0 && <p className={styles.note}>Nothing has been written yet.</p>}
          {lens.view.hidden > 0 && (
            <p className={styles.note}>
              {lens.view.rows.length} of {lens.view.rows.length + lens.view.hidden} are shown.
            </p>
          )}
          {open.view === "table" ? <LensTable {...rows} /> : open.view === "tree" ? <LensTree {...rows} /> : <LensCells {...rows} />}
        </>
      )}
    </>
  );
}

/** What arrived before that which it builds on. */
function Waiting({ view, name }: { readonly view: LensView; readonly name: string }) {
  const { waiting, kind } = view;
  if (waiting === null) return <p className={styles.note}>This strategy does not tell what waits.</p>;
  if (waiting.length === 0)
    return (
      <p className={styles.note} data-testid="waiting-room">
        {kind === "order" ? "All own edits are in the order." : `Nothing waits in ${name}: whatever arrived has all that it builds on.`}
      </p>
    );
  return (
    <ul className={styles.waiting} data-testid="waiting-room" aria-label={`What waits in ${name}`}>
      {waiting.map(({ label, length, lacks }) => (
        <li key={label}>
          <code>{label}</code> {length > 1 && `(${length} long) `}
          {kind === "order" ? "waits for its number in the order" : `waits for ${lacks ?? "something that is not told"}`}
        </li>
      ))}
    </ul>
  );
}

/** By the chosen row or a character in it, else by the chosen event. */
function chosenBy(id: string | null, event: number | null): (row: LensRow) => boolean {
  return (row) => {
    if (event !== null && row.event === event) return true;
    if (id === null) return false;
    const [colon, own] = [id.lastIndexOf(":"), row.id.lastIndexOf(":")];
    const offset = Number(id.slice(colon + 1)) - Number(row.id.slice(own + 1));
    return id.slice(0, colon) === row.id.slice(0, own) && offset >= 0 && offset < Math.max(1, row.length);
  };
}

/** The colour of an author; 7 for whoever is none of the replicas. */
function laneOf({ label }: LensRow): number {
  const lane = /^[A-F]:/.test(label) ? "ABCDEF".indexOf(label.charAt(0)) : -1;
  return lane < 0 ? 7 : lane;
}
